/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person reads: progress, results and errors. */
#include "output.h"

#include "json.h"
#include "options.h"
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void output_start(struct output *output, bool json)
{
    *output = (struct output){.json = json, .terminal = !json && isatty(STDERR_FILENO) == 1};
}

static void end_line(struct output *output)
{
    if (output->line_open)
        fputs("\r\033[K", stderr);
    output->line_open = false;
}

void output_say(struct output *output, FILE *stream, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    end_line(output);
    if (length < 0)
        return;
    text_write(stream, text);
    fputc('\n', stream);
    fflush(stream);
    free(text);
}

void output_warn(struct output *output, const char *text)
{
    if (output->json)
        json_show_texts("warning", (const char *const[]){"operation", "text"}, (const char *const[]){"", text}, 2);
    else
        output_say(output, stderr, "%s", text);
}

void output_tick(struct output *output)
{
    struct timespec now;
    if (!output->terminal || output->line[0] == '\0' || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return;
    char *text = NULL;
    if (asprintf(&text, "%s ... %ld s", output->line, (long)(now.tv_sec - output->since.tv_sec)) < 0)
        return;
    fputs("\r\033[K", stderr);
    text_write(stderr, text);
    fflush(stderr);
    free(text);
    output->line_open = true;
}

/* On a terminal one line shows what is being waited for, renewed each second; else each step is a line. */
static void wait_for(struct output *output, const char *text)
{
    if (!output->terminal) {
        output_say(output, stderr, "%s", text);
        return;
    }
    end_line(output);
    (void)snprintf(output->line, sizeof output->line, "%s", text);
    (void)clock_gettime(CLOCK_MONOTONIC, &output->since);
    output_tick(output);
}

static bool asks_the_lock_system(int32_t verb)
{
    return verb <= KC_VERB_DISCOVER || verb == KC_VERB_BLOCK_STAY || verb == KC_VERB_UNBLOCK_STAY ||
           verb == KC_VERB_CHECK_MOBILE || verb == KC_VERB_WRITE_IMAGE;
}

void output_event(struct output *output, const kc_event *event)
{
    const int32_t type = kc_event_get_type(event), prompt = kc_event_get_prompt(event);
    const kc_op *op = kc_event_get_op(event);
    const bool asks_lock_system = asks_the_lock_system(kc_op_get_verb(op));
    if (output->json) {
        if (type != KC_EVENT_DONE)
            json_show_event(event);
    } else if (type == KC_EVENT_WARNING) {
        output_say(output, stderr, "Note: %s", kc_event_get_text(event));
    } else if (type == KC_EVENT_PROMPT && prompt == KC_PROMPT_CONFIRM) {
        output_say(output, stderr, "Question: %s", kc_event_get_text(event));
    } else if (type == KC_EVENT_PROMPT) {
        wait_for(output, kc_event_get_text(event));
    } else if (type == KC_EVENT_STATE && kc_event_get_state(event) == KC_STATE_CONNECTING && asks_lock_system) {
        wait_for(output, "Connecting to the lock system");
    } else if (type == KC_EVENT_STATE && kc_event_get_state(event) == KC_STATE_ENCODING && asks_lock_system) {
        wait_for(output, "The lock system is at work");
    } else if (type == KC_EVENT_DONE) {
        end_line(output);
        output->line[0] = '\0';
    }
}

void output_cancelling(struct output *output, const kc_op *op)
{
    const int32_t state = kc_op_get_state(op);
    if (output->json) {
        json_show_cancelling(op);
        return;
    }
    end_line(output);
    output->line[0] = '\0';
    if (state == KC_STATE_WAITING || state == KC_STATE_ENCODING)
        output_say(output, stderr,
                   "Cancelling. The request has left: waiting for what the lock system says happened to the card.\n"
                   "Ctrl-C once more leaves at once; the outcome is then unknown.");
    else
        output_say(output, stderr, "Cancelling.");
}

/* What was done, in the words of the clerk. */
static const char *success_sentence(int32_t verb)
{
    static const char *const sentences[] = {
        [KC_VERB_ISSUE_ORIGINAL] = "The original key is made.",
        [KC_VERB_ISSUE_DUPLICATE] = "The duplicate is made.",
        [KC_VERB_REISSUE] = "The new original key is made; earlier keys of the stay are void.",
        [KC_VERB_ISSUE_ONE_SHOT] = "The one-shot key is made.",
        [KC_VERB_SEND_MOBILE] = "The lock system took the mobile key.",
        [KC_VERB_READ_CARD] = "The card was read.",
        [KC_VERB_CHECK_OUT] = "The room is checked out in the lock system.",
        [KC_VERB_MODIFY_STAY] = "The lock system changed the stay.",
        [KC_VERB_CANCEL_KEY] = "The lock system cancelled the key.",
        [KC_VERB_BLOCK_STAY] = "The lock system blocked the keys of the stay.",
        [KC_VERB_UNBLOCK_STAY] = "The keys of the stay open again.",
        [KC_VERB_RESOLVE] = "The outcome is settled.",
        [KC_VERB_FORGET_GUEST] = "The guest's data are erased from the ledger; the records stay.",
        [KC_VERB_VERIFY_LEDGER] = "The ledger fits its journal.",
        [KC_VERB_FORGET_DEPARTED] = "The guests' data are erased from the ledger; the records stay.",
        [KC_VERB_COPY_LEDGER] = "The ledger is copied, and the copy fits its journal.",
        [KC_VERB_WRITE_IMAGE] = "The key is on the card.",
        [KC_VERB_BACKUP_LEDGER] = "The backup is made, and fits its journal.",
    };
    const bool known = verb >= 0 && (size_t)verb < sizeof sentences / sizeof *sentences && sentences[verb] != NULL;
    return known ? sentences[verb] : "Done.";
}

static void show_field(struct output *output, const char *name, const char *value)
{
    if (value[0] != '\0')
        output_say(output, stdout, "  %-13s%s", name, value);
}

static void output_key(struct output *output, const kc_key *key)
{
    char *rooms = text_join(kc_key_get_room, kc_key_get_room_count, key);
    char *areas = text_join(kc_key_get_area, kc_key_get_area_count, key);
    char *serials = text_join(kc_key_get_serial, kc_key_get_serial_count, key);
    show_field(output, "key", kc_key_get_id(key));
    output_say(output, stdout, "  %-13s%s, %s%s", "kind", kc_kind_name(kc_key_get_kind(key)),
               kc_key_state_name(kc_key_get_state(key)), kc_key_is_unconfirmed(key) ? ", not confirmed" : "");
    show_field(output, "booking", kc_key_get_booking(key));
    show_field(output, "rooms", rooms != NULL ? rooms : "");
    show_field(output, "areas", areas != NULL ? areas : "");
    show_field(output, "guest", kc_key_get_guest(key));
    show_field(output, "valid from", kc_key_get_from(key));
    show_field(output, "valid until", kc_key_get_until(key));
    if (kc_key_get_copies(key) > 1)
        output_say(output, stdout, "  %-13s%d", "cards", kc_key_get_copies(key));
    show_field(output, "encoder", kc_key_get_encoder(key));
    show_field(output, "station", kc_key_get_station(key));
    show_field(output, "sent to", kc_key_get_phone(key));
    show_field(output, "sent to", kc_key_get_email(key));
    show_field(output, "card serial", serials != NULL ? serials : "");
    free(rooms);
    free(areas);
    free(serials);
}

/* Reading a card, discovery, questions and the ledger's own are not in the ledger: one just asks again. */
static bool can_be_repeated(const kc_op *op)
{
    const int32_t verb = kc_op_get_verb(op);
    return (verb < KC_VERB_DISCOVER && verb != KC_VERB_READ_CARD) || verb == KC_VERB_BLOCK_STAY ||
           verb == KC_VERB_UNBLOCK_STAY;
}

/* The option of this command that the error is about: its field is called as the option, or is a list of such. */
static const struct option_facts *option_of_field(const struct output *output, const char *field)
{
    const size_t length = strlen(field);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *name = option_facts[i].name;
        const size_t known = strlen(name);
        const bool same = strncmp(field, name, known) == 0 && (length == known || strcmp(field + known, "s") == 0);
        if (same && option_facts[i].value_name != NULL && (output->options & OPTION_BIT(i)) != 0)
            return &option_facts[i];
    }
    return NULL;
}

/* How what is to be corrected is written here. */
static void show_option(struct output *output, const kc_error *error)
{
    const char *field = kc_error_get_field(error);
    const struct option_facts *facts = option_of_field(output, field);
    if (kc_error_get_advice(error) != KC_ADVICE_CORRECT_REQUEST || facts == NULL)
        return;
    const bool chooses = strcmp(field, "system") == 0 && kc_error_get_code(error) == KC_ERROR_INVALID_ARGUMENT;
    output_say(output, stderr, "  %-13s--%s %s%s", "option", facts->name, chooses ? "NAME" : facts->value_name,
               strcmp(field, "encoder") == 0 ? "; keycard encoders lists them" : "");
}

/* The command that goes on from here. */
static void show_next_command(struct output *output, const struct result *result)
{
    const char *id = kc_op_get_id(result->op), *first = kc_op_get_retry_of(result->op);
    const int32_t advice = kc_error_get_advice(result->error);
    const bool unknown = result->outcome == KC_OUTCOME_UNKNOWN || result->outcome == KC_OUTCOME_PENDING;
    const bool again = advice == KC_ADVICE_RETRY || advice == KC_ADVICE_NEW_CARD || advice == KC_ADVICE_OTHER_ENCODER;
    if (id[0] != '\0' && unknown)
        output_say(output, stderr, "  %-13skeycard resolve --operation %s --how read|opens|does-not-open", "settle it",
                   id);
    else if (result->status == KC_ERROR_UNRESOLVED && first[0] != '\0')
        output_say(output, stderr, "  %-13skeycard resolve --operation %s --how read|opens|does-not-open", "settle it",
                   first);
    else if (result->status == KC_ERROR_UNRESOLVED)
        output_say(output, stderr, "  %-13skeycard operations --unresolved", "see");
    else if (id[0] != '\0' && again && can_be_repeated(result->op))
        output_say(output, stderr, "  %-13skeycard retry --operation %s", "try again", id);
}

static void show_failure(struct output *output, const struct result *result)
{
    static const char *const card[] = {
        [KC_OUTCOME_PENDING] = "not known yet",
        [KC_OUTCOME_NOT_WRITTEN] = "nothing was written or changed",
        [KC_OUTCOME_WRITTEN] = "it was written, or the change was made",
        [KC_OUTCOME_UNKNOWN] = "NOT KNOWN: it may or may not have been written",
    };
    const kc_error *error = result->error;
    const char *code = kc_error_get_vendor_code(error), *words = kc_error_get_vendor_text(error);
    const bool unsettled = result->resolution != NULL && result->outcome == KC_OUTCOME_UNKNOWN;
    /* what to do about the card that was to be read is not what to do about the key */
    const char *advice = unsettled ? "Put the same card on the encoder again, or try it at the door."
                                   : kc_error_get_advice_text(error);
    const char *message = kc_error_get_message(error);
    if (message[0] == '\0')
        message = kc_status_text(result->status);
    output_say(output, stderr, "keycard: %s", message);
    if (result->op != NULL && result->outcome >= KC_OUTCOME_PENDING && result->outcome <= KC_OUTCOME_UNKNOWN)
        output_say(output, stderr, "  %-13s%s", "card", card[result->outcome]);
    if (advice[0] != '\0')
        output_say(output, stderr, "  %-13s%s", "next", advice);
    if (code[0] != '\0' || words[0] != '\0')
        output_say(output, stderr, "  %-13s%s%s%s", "lock system", code,
                   code[0] != '\0' && words[0] != '\0' ? ": " : "", words);
    show_option(output, error);
    show_next_command(output, result);
}

static struct result result_of(kc_op *op)
{
    return (struct result){
        .status = kc_op_get_status(op), .outcome = kc_op_get_outcome(op), .op = op, .error = kc_op_get_error(op)};
}

static void show_success(struct output *output, kc_op *op)
{
    const int32_t verb = kc_op_get_verb(op);
    const int32_t voided = kc_op_get_voided_key_count(op);
    if (verb == KC_VERB_LIST_KEYS || verb == KC_VERB_LIST_OPS || verb == KC_VERB_DISCOVER)
        return;
    if (kc_op_is_replay(op))
        output_say(output, stdout, "This was done before, by operation %s; nothing was done now.", kc_op_get_id(op));
    else if (verb == KC_VERB_CHECK_MOBILE)
        output_say(output, stdout, "The mobile key %s.",
                   kc_key_is_unconfirmed(kc_op_get_key(op, 0)) ? "is not known to have arrived yet" : "was delivered");
    else
        output_say(output, stdout, "%s", success_sentence(verb));
    if (kc_op_get_retry_of(op)[0] != '\0')
        output_say(output, stdout, "  %-13s%s", "retry of", kc_op_get_retry_of(op));
    if (voided > 0)
        output_say(output, stdout, "  %-13s%d earlier key%s", "made void", voided, voided > 1 ? "s" : "");
    const kc_key *key = kc_op_get_key(op, 0);
    if (key != NULL)
        output_key(output, key);
}

static void show_follow_up(struct output *output, kc_op *next)
{
    const struct result result = result_of(next);
    if (result.status == KC_OK && result.outcome != KC_OUTCOME_UNKNOWN) {
        show_success(output, next);
        return;
    }
    output_say(output, stderr, "keycard: the card is done, but not what follows it:");
    show_failure(output, &result);
}

void output_done(struct output *output, const struct result *result)
{
    if (output->json) {
        json_show_done(result);
        return;
    }
    if (result->message != NULL) {
        output_say(output, stderr, "keycard: %s", result->message);
        return;
    }
    if (result->resolution != NULL && result->status == KC_OK)
        output_say(output, stdout, "Settled: operation %s is %s.", kc_op_get_id(result->op),
                   result->outcome == KC_OUTCOME_WRITTEN ? "written" : "not written");
    else if (result->resolution == NULL && (result->outcome == KC_OUTCOME_WRITTEN ||
                                            (result->status == KC_OK && result->outcome != KC_OUTCOME_UNKNOWN)))
        show_success(output, result->op);
    if (result->status != KC_OK || result->outcome == KC_OUTCOME_UNKNOWN)
        show_failure(output, result);
    kc_op *next = kc_op_get_follow_up(result->op);
    if (next != NULL)
        show_follow_up(output, next);
}

void output_follow_up(struct output *output, const kc_op *op, const kc_op *next)
{
    if (output->json)
        json_show_follow_up(op, next);
    else
        output_say(output, stderr, "The card is made. Now the mobile key.");
}

void output_keys(struct output *output, const kc_op *op)
{
    static const char *const titles[] = {"STATE",       "KIND",    "ROOMS",   "GUEST", "MADE",
                                         "VALID UNTIL", "ENCODER", "SENT TO", "KEY"};
    enum { COLUMNS = sizeof titles / sizeof *titles };
    const int32_t count = kc_op_get_key_count(op);
    for (int32_t i = 0; output->json && i < count; i++)
        json_show_key(kc_op_get_key(op, i), output->guest_data);
    if (output->json)
        return;
    struct table *table = table_new(COLUMNS, titles);
    for (int32_t i = 0; i < count; i++) {
        const kc_key *key = kc_op_get_key(op, i);
        const int32_t kind = kc_key_get_kind(key);
        const bool mobile = kind == KC_KIND_MOBILE || kind == KC_KIND_MOBILE_DUPLICATE;
        char *rooms = text_join(kc_key_get_room, kc_key_get_room_count, key), *state = NULL;
        if (asprintf(&state, "%s%s%s", kc_key_state_name(kc_key_get_state(key)),
                     kc_key_is_expired(key) ? ", expired" : "",
                     kc_key_is_unconfirmed(key) ? ", not confirmed" : "") < 0)
            state = NULL;
        const char *phone = kc_key_get_phone(key);
        const char *address = !output->guest_data ? "" : phone[0] != '\0' ? phone : kc_key_get_email(key);
        const char *guest = output->guest_data ? kc_key_get_guest(key) : "";
        const char *const cells[COLUMNS] = {
            state != NULL ? state : "", kc_kind_name(kind),    rooms != NULL ? rooms : "", guest,
            kc_key_get_created(key),    kc_key_get_until(key), kc_key_get_encoder(key),    mobile ? address : "",
            kc_key_get_id(key)};
        table_add(table, cells);
        free(rooms);
        free(state);
    }
    table_show(table, stdout);
    output_say(output, stdout, "%d key%s.", count, count == 1 ? "" : "s");
}

void output_operations(struct output *output, const kc_op *op)
{
    static const char *const titles[] = {"WHAT", "OUTCOME", "STATUS",  "BOOKING",
                                         "ROOM", "ASKED",   "ENCODER", "OPERATION"};
    enum { COLUMNS = sizeof titles / sizeof *titles };
    const int32_t count = kc_op_get_op_count(op);
    struct table *table = output->json ? NULL : table_new(COLUMNS, titles);
    for (int32_t i = 0; i < count; i++) {
        const kc_op *found = kc_op_get_op(op, i);
        const char *const cells[COLUMNS] = {kc_verb_name(kc_op_get_verb(found)),
                                            kc_outcome_name(kc_op_get_outcome(found)),
                                            kc_status_name(kc_op_get_status(found)),
                                            kc_op_get_booking(found),
                                            kc_op_get_room(found),
                                            kc_op_get_created(found),
                                            kc_op_get_encoder_name(found),
                                            kc_op_get_id(found)};
        if (output->json)
            json_show_operation(found, output->guest_data);
        else
            table_add(table, cells);
    }
    if (output->json)
        return;
    table_show(table, stdout);
    output_say(output, stdout, "%d operation%s.", count, count == 1 ? "" : "s");
}

void output_encoders(struct output *output, const kc_op *op)
{
    static const char *const titles[] = {"ENCODER", "SYSTEM", "STATE", "LAST CONTACT"};
    enum { COLUMNS = sizeof titles / sizeof *titles };
    const int32_t count = kc_op_get_encoder_count(op);
    struct table *table = output->json ? NULL : table_new(COLUMNS, titles);
    for (int32_t i = 0; i < count; i++) {
        const kc_encoder *encoder = kc_op_get_encoder(op, i);
        const char *const cells[COLUMNS] = {
            kc_encoder_get_name(encoder), kc_system_get_name(kc_encoder_get_system(encoder)),
            kc_encoder_state_name(kc_encoder_get_state(encoder)), kc_encoder_get_last_contact(encoder)};
        if (output->json)
            json_show_encoder(encoder);
        else
            table_add(table, cells);
    }
    if (output->json)
        return;
    table_show(table, stdout);
    if (count > 0)
        output_say(output, stdout, "%d encoder%s.", count, count == 1 ? "" : "s");
    else
        output_say(output, stdout,
                   "No encoder is known yet. A lock system that does not list its encoders takes the name of any;\n"
                   "--option SYSTEM.encoder=NAME makes one known here.");
}

void output_forgotten(struct output *output, const kc_op *op)
{
    const long long stays = (long long)kc_op_get_forgotten_count(op);
    if (output->json)
        json_show_forgotten(op);
    else
        output_say(output, stdout, "%lld stay%s forgotten.", stays, stays == 1 ? "" : "s");
}

void output_progress(struct output *output, const kc_op *op)
{
    const long long entries = (long long)kc_op_get_entry_count(op);
    if (!output->terminal || kc_op_get_verb(op) != KC_VERB_COPY_LEDGER || kc_op_get_state(op) == KC_STATE_DONE)
        return;
    if (output->line[0] == '\0')
        (void)clock_gettime(CLOCK_MONOTONIC, &output->since);
    (void)snprintf(output->line, sizeof output->line, "Copying, %lld entries", entries);
}

void output_verified(struct output *output, const kc_op *op)
{
    const long long entries = (long long)kc_op_get_entry_count(op);
    if (output->json)
        json_show_journal(op);
    else
        output_say(output, stdout, "%lld entr%s, digest %s", entries, entries == 1 ? "y" : "ies",
                   kc_op_get_ledger_digest(op));
}

static void show_driver_detail(struct output *output, const kc_driver *driver)
{
    static const char *const titles[] = {"OPTION", "DEFAULT", "VALUES", "MEANING"};
    output_say(output, stdout, "%s: %s\n  %-13s%s", kc_driver_get_name(driver), kc_driver_get_label(driver), "maturity",
               kc_driver_get_maturity(driver));
    for (int32_t i = 0; kc_driver_get_scheme(driver, i)[0] != '\0'; i++)
        output_say(output, stdout, "  %-13s%s:", i == 0 ? "URI" : "", kc_driver_get_scheme(driver, i));
    for (int32_t i = 1, shown = 0; kc_capability_name(i)[0] != '\0'; i++) {
        if (kc_driver_has(driver, i))
            output_say(output, stdout, "  %-13s%s", shown++ == 0 ? "offers" : "", kc_capability_name(i));
    }
    for (int32_t i = 1; kc_limit_name(i)[0] != '\0'; i++)
        output_say(output, stdout, "  %-13s%-18s%lld", i == 1 ? "limits" : "", kc_limit_name(i),
                   (long long)kc_driver_get_limit(driver, i));
    struct table *table = table_new(4, titles);
    for (int32_t i = 0; i < kc_driver_get_option_count(driver); i++) {
        const char *const cells[] = {kc_driver_get_option_name(driver, i), kc_driver_get_option_default(driver, i),
                                     kc_driver_get_option_values(driver, i), kc_driver_get_option_help(driver, i)};
        table_add(table, cells);
    }
    table_show(table, stdout);
}

void output_driver(struct output *output, const kc_driver *driver, bool detail)
{
    if (output->json)
        json_show_driver(driver);
    else if (detail)
        show_driver_detail(output, driver);
    else
        output_say(output, stdout, "%-12s%s (%s), %s:", kc_driver_get_name(driver), kc_driver_get_label(driver),
                   kc_driver_get_maturity(driver), kc_driver_get_scheme(driver, 0));
}
