/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which card it is and how large, and reading its memory. */
#include <stdio.h>
#include <string.h>

#include "state.h"

enum { READ_AT_ONCE = 16, PREFIX_MOST = 32, DESFIRE_HEAD = 2 };

static void read_block(struct driver_op *op, enum phase phase, uint16_t block)
{
    const struct task task = {.name = TASK_READ, .block = (uint8_t)block};
    job_of(op)->phase = phase;
    reader_do(op->link, &task);
}

/* ---- Units of memory ------------------------------------------------------------------------------------------- */

static void take_bytes(struct task *task, struct buf *bytes)
{
    task->count = bytes->failed || bytes->length > sizeof(task->data) ? 0 : bytes->length;
    if (task->count > 0)
        memcpy(task->data, bytes->data, task->count);
    buf_free(bytes);
}

/* false: a sector must be opened first, and `task` does that. */
static bool classic_task(struct job *job, size_t unit, const struct settings *settings, struct task *task)
{
    uint8_t block = 0;
    (void)classic_data_block(&job->kind, settings->classic_sector, unit, &block); /* within the capacity */
    task->block = block;
    if (job->sector == classic_sector(block))
        return true;
    job->wanted_sector = classic_sector(block);
    task->name = TASK_AUTHENTICATE;
    return false;
}

void job_do_unit(struct driver_op *op, bool write, size_t unit, const uint8_t *bytes, size_t count)
{
    struct job *job = job_of(op);
    const struct settings *settings = &desk_of(op->link)->settings;
    struct task task = {.name = write ? TASK_WRITE : TASK_READ, .count = write ? count : 0};
    struct buf apdu = {0};
    if (write)
        memcpy(task.data, bytes, count);
    job->opening = false;
    if (job->kind.family == CARD_TYPE_2) {
        task.block = (uint8_t)(TYPE_2_FIRST_PAGE + unit);
    } else if (job->kind.family == CARD_CLASSIC) {
        job->opening = !classic_task(job, unit, settings, &task);
    } else {
        task.name = TASK_APDU;
        if (!write)
            desfire_read(settings->file, (uint32_t)(unit * job->unit), (uint32_t)count, &apdu);
        else if (desfire_write(settings->file, (uint32_t)(unit * job->unit), bytes, count, &apdu) != 0)
            apdu.failed = true;
        take_bytes(&task, &apdu);
    }
    reader_do(op->link, &task);
}

bool job_was_opened(struct driver_op *op, const struct answer *answer)
{
    struct job *job = job_of(op);
    bool opened = job->opening && answer->kind == ANSWER_GOOD;
    job->opening = false;
    if (opened)
        job->sector = job->wanted_sector;
    return opened;
}

/* An APDU's status is the card's word, so it is looked at here. */
bool job_was_done(const struct job *job, struct answer *answer)
{
    size_t size = 0;
    uint16_t status = 0;
    if (answer->kind != ANSWER_GOOD || job->kind.family != CARD_DESFIRE)
        return answer->kind == ANSWER_GOOD;
    if (apdu_split(answer->data, answer->count, &size, &status) == 0 && status == DESFIRE_DONE) {
        answer->count = size;
        return true;
    }
    answer->kind = ANSWER_REFUSED;
    answer->text = desfire_status_text(status);
    answer->code = status;
    return false;
}

/* ---- Which card ------------------------------------------------------------------------------------------------ */

static void refuse_kind(struct driver_op *op, const char *why)
{
    const struct job *job = job_of(op);
    char text[300];
    snprintf(text, sizeof(text), "The card is %s%s", job->kind.name, why);
    job_fail(op, KC_ERROR_CARD_FORMAT, "", text);
}

/* A card that cannot be read is still a card with a serial number. */
static void show_serial(struct driver_op *op)
{
    const struct job *job = job_of(op);
    char serial[2 * CARD_UID_MOST + 1] = "";
    for (size_t i = 0; i < job->card.uid_size; i++)
        snprintf(serial + 2 * i, 3, "%02X", job->card.uid[i]);
    const struct driver_card card = {
        .kind = KC_KIND_UNKNOWN, .key_state = KC_KEY_ACTIVE, .operator_name = "", .serial = serial, .text = ""};
    driver_op_card(op, &card);
    job_done(op);
}

static void refuse_or_show(struct driver_op *op, const char *why)
{
    if (job_of(op)->writes)
        refuse_kind(op, why);
    else
        show_serial(op);
}

/* true: a question to the card is on its way. */
static bool ask_type_2(struct driver_op *op)
{
    static const struct task version = {.name = TASK_VERSION};
    struct job *job = job_of(op);
    if (job->kind.blocks == 0 && job->kind.may_have_version && !job->version_asked) {
        job->version_asked = true;
        job->phase = PHASE_VERSION;
        reader_do(op->link, &version);
        return true;
    }
    if (!job->has_head) {
        read_block(op, PHASE_HEAD, 0);
        return true;
    }
    if (job->kind.blocks == 0 && job->probe == 0 && card_by_container(job->head + 12, &job->kind, &job->probe) != 0)
        job->probe = TYPE_2_PROBE_PAGE;
    if (job->probe > 0 && !job->probed) {
        job->probed = true;
        read_block(op, PHASE_PROBE, job->probe);
        return true;
    }
    if (job->writes && job->kind.dynamic_lock > 0 && !job->has_locks) {
        read_block(op, PHASE_LOCKS, job->kind.dynamic_lock);
        return true;
    }
    job->unit = TYPE_2_PAGE;
    job->capacity = (size_t)job->kind.blocks * TYPE_2_PAGE;
    return false;
}

static bool measure_classic(struct driver_op *op)
{
    struct job *job = job_of(op);
    const struct settings *settings = &desk_of(op->link)->settings;
    uint8_t block;
    size_t count = 0;
    while (settings->has_classic_key && classic_data_block(&job->kind, settings->classic_sector, count, &block) == 0)
        count++;
    job->unit = CLASSIC_BLOCK;
    job->capacity = count * CLASSIC_BLOCK;
    if (!settings->has_classic_key)
        refuse_or_show(op, ". Such cards are written only with the key of their sectors: see the option classic-key.");
    else if (count == 0)
        refuse_or_show(op, ", which has no such sector: see the option classic-sector.");
    return count > 0;
}

static bool select_desfire(struct driver_op *op)
{
    struct job *job = job_of(op);
    const struct settings *settings = &desk_of(op->link)->settings;
    struct task task = {.name = TASK_APDU};
    struct buf apdu = {0};
    job->unit = DESFIRE_WRITE_MOST;
    job->capacity = AREA_MOST;
    if (!settings->has_application) {
        refuse_or_show(op, ". Such cards are written only with an application: see the option desfire-application.");
        return false;
    }
    if (job->selected)
        return true;
    desfire_select(settings->application, &apdu);
    take_bytes(&task, &apdu);
    job->phase = PHASE_SELECT;
    reader_do(op->link, &task);
    return false;
}

/* The caller wants what stands there, whatever it is. How long a file is stands nowhere. */
static bool shows_memory(const struct driver_op *op)
{
    const struct job *job = job_of(op);
    return !job->writes && job->kind.family != CARD_DESFIRE && desk_of(op->link)->settings.content == CONTENT_IMAGE;
}

static size_t round_up(size_t count, size_t unit)
{
    return (count + unit - 1) / unit * unit;
}

/* How much of its memory matters, once it is known which card it is. */
static void begin_reading(struct driver_op *op)
{
    struct job *job = job_of(op);
    const struct desk *desk = desk_of(op->link);
    const bool is_file = job->kind.family == CARD_DESFIRE, is_image = op->request->verb == KC_VERB_WRITE_IMAGE;
    struct kc_error error = {0};
    size_t length = OPEN_KEY_MESSAGE_MOST;
    if (job->writes && !is_image &&
        open_key_write_card(&desk->settings.site, &job->key, job->card.uid, job->card.uid_size, job->message,
                            &job->message_length, &error) != KC_OK) {
        job_fail_with(op, &error);
        return;
    }
    if (is_image)
        length = op->request->image_size;
    else if (job->writes)
        length = job->message_length + (is_file ? DESFIRE_HEAD : PREFIX_MOST);
    else if (is_file)
        length = DESFIRE_HEAD;
    else if (shows_memory(op))
        length = job->capacity;
    if (job->writes && is_image && length > job->capacity) {
        char text[160];
        snprintf(text, sizeof(text), ": it has room for %zu bytes, and %zu are to be written.", job->capacity, length);
        refuse_kind(op, text);
        return;
    }
    job->have = 0;
    job->need = is_file ? length : round_up(length, READ_AT_ONCE);
    if (job->need > job->capacity)
        job->need = job->capacity;
    job->phase = PHASE_READ;
    job_read_on(op);
}

void job_recognise(struct driver_op *op)
{
    struct job *job = job_of(op);
    bool ready = false;
    const struct settings *settings = &desk_of(op->link)->settings;
    if (!job->writes && (settings->content == CONTENT_IMAGE ? job->kind.family == CARD_DESFIRE : !settings->has_site)) {
        show_serial(op);
        return;
    }
    switch (job->kind.family) {
    case CARD_TYPE_2:
        ready = !ask_type_2(op);
        break;
    case CARD_CLASSIC:
        ready = measure_classic(op);
        break;
    case CARD_DESFIRE:
        ready = select_desfire(op);
        break;
    case CARD_OTHER:
        refuse_or_show(op, ", which cannot be written.");
        break;
    }
    if (ready)
        begin_reading(op);
}

static void take_select(struct driver_op *op, const struct answer *answer)
{
    struct job *job = job_of(op);
    struct answer copy = *answer;
    char text[160], code[8];
    if (answer->kind == ANSWER_GOOD && job_was_done(job, &copy)) {
        job->selected = true;
        job_recognise(op);
        return;
    }
    if (answer->kind != ANSWER_GOOD) {
        job_again(op, answer);
        return;
    }
    job_code(copy.code, code);
    snprintf(text, sizeof(text), "The card does not open the application of the option desfire-application: %s.",
             copy.text);
    job_fail(op, KC_ERROR_CARD_FORMAT, code, text);
}

/* A question that some cards do not know makes them fall silent until they are found again. */
static void find_again(struct driver_op *op)
{
    static const struct task find = {.name = TASK_FIND};
    job_of(op)->phase = PHASE_LOOK_ONCE;
    reader_do(op->link, &find);
}

static void take_probe(struct driver_op *op, const struct answer *answer)
{
    struct job *job = job_of(op);
    const bool unknown = job->kind.blocks == 0;
    if (answer->kind == ANSWER_GOOD) {
        if (unknown)
            job->kind = card_by_probe(true);
        job_recognise(op);
        return;
    }
    job->kind = card_by_probe(false); /* also if its container says more than it has */
    find_again(op);
}

void job_recognise_answer(struct driver_op *op, const struct answer *answer)
{
    struct job *job = job_of(op);
    const bool good = answer->kind == ANSWER_GOOD;
    switch (job->phase) {
    case PHASE_VERSION:
        if (good && card_by_version(answer->data, answer->count, &job->kind) != 0)
            job->kind.may_have_version = false;
        if (good || answer->kind == ANSWER_UNSUPPORTED)
            job_recognise(op);
        else
            find_again(op);
        return;
    case PHASE_HEAD:
        if (good)
            memcpy(job->head, answer->data, sizeof(job->head));
        job->has_head = good;
        break;
    case PHASE_LOCKS:
        if (good)
            memcpy(job->locks, answer->data, sizeof(job->locks));
        job->has_locks = good;
        break;
    case PHASE_PROBE:
        take_probe(op, answer);
        return;
    default:
        take_select(op, answer);
        return;
    }
    if (good)
        job_recognise(op);
    else
        job_again(op, answer);
}

/* ---- Reading --------------------------------------------------------------------------------------------------- */

static void fill_card(struct driver_op *op, const struct open_key *key, struct arena *arena)
{
    const struct job *job = job_of(op);
    struct driver_card card = {.kind = key->kind, .key_state = KC_KEY_ACTIVE, .operator_name = "", .text = ""};
    char serial[2 * CARD_UID_MOST + 1] = "";
    for (size_t i = 0; i < job->card.uid_size; i++)
        snprintf(serial + 2 * i, 3, "%02X", job->card.uid[i]);
    card.serial = serial;
    if (key->from_utc)
        card.from = driver_site_wall(op->link, key->from_utc);
    card.until = driver_site_wall(op->link, key->until_utc);
    if (open_key_lists(key, arena, &card.rooms, &card.areas) != 0)
        driver_op_warn(op, "What the card says could not be shown: memory is used up.");
    else
        driver_op_card(op, &card);
}

/* A blank card, or one with a message of somebody else's, is only its serial number. */
static void show_card(struct driver_op *op)
{
    struct job *job = job_of(op);
    struct arena arena = {0};
    struct kc_error error = {0};
    struct open_key key;
    int bad = job->kind.family == CARD_DESFIRE ? area_parse_file(job->memory, job->have, &job->area)
                                               : area_parse(job->memory, job->have, &job->area);
    if (bad != 0 || job->area.message_length == 0) {
        show_serial(op);
        return;
    }
    int32_t status = open_key_read_card(&desk_of(op->link)->settings.site, job->memory + job->area.message,
                                        job->area.message_length, job->card.uid, job->card.uid_size, &key, &error);
    if (status == KC_ERROR_CARD_FORMAT) {
        show_serial(op);
        return;
    }
    if (status != KC_OK) {
        job_fail_with(op, &error);
        return;
    }
    fill_card(op, &key, &arena);
    arena_free(&arena);
    job_done(op);
}

/* The length of a file stands at its beginning. */
static bool wants_more(struct job *job)
{
    if (job->writes || job->kind.family != CARD_DESFIRE || job->need > DESFIRE_HEAD)
        return false;
    size_t length = DESFIRE_HEAD + ((size_t)job->memory[0] << 8 | job->memory[1]);
    if (length <= DESFIRE_HEAD || length > DESFIRE_HEAD + OPEN_KEY_MESSAGE_MOST)
        return false;
    job->need = length;
    job->have = 0;
    return true;
}

void job_read_on(struct driver_op *op)
{
    struct job *job = job_of(op);
    if (job->have < job->need) {
        size_t left = job->need - job->have;
        job_do_unit(op, false, job->have / job->unit, NULL, left < job->unit ? left : job->unit);
    } else if (job->phase != PHASE_READ) {
        job_compare(op);
    } else if (wants_more(job)) {
        job_read_on(op);
    } else if (job->writes) {
        job_write(op);
    } else if (shows_memory(op)) {
        driver_op_image(op, job->memory, job->have, "");
        show_serial(op);
    } else {
        show_card(op);
    }
}

static void refuse_key(struct driver_op *op)
{
    if (shows_memory(op)) {
        driver_op_warn(op, "What stands on the card is not shown: the key of the option classic-key does not open it.");
        show_serial(op);
        return;
    }
    char text[200];
    snprintf(text, sizeof(text), "The key of the option classic-key does not open sector %d of the card.",
             (int)job_of(op)->wanted_sector);
    job_fail(op, KC_ERROR_CARD_REFUSED, "", text);
}

/* The card knows the question, and its answer will not change. */
static bool refuse_file(struct driver_op *op, unsigned code)
{
    const struct job *job = job_of(op);
    const bool forbidden = code == DESFIRE_FORBIDDEN || code == DESFIRE_NEEDS_KEY;
    char text[200], number[8];
    if (job->kind.family != CARD_DESFIRE || job->known != KNOWN_AS_BEFORE ||
        (!forbidden && code != DESFIRE_NO_FILE && code != DESFIRE_BEYOND_END))
        return false;
    job_code(code, number);
    if (code == DESFIRE_BEYOND_END)
        snprintf(text, sizeof(text), "The file of the option desfire-file on the card has no room for %zu bytes.",
                 job->need);
    else
        snprintf(text, sizeof(text), "The file of the option desfire-file on the card cannot be used: %s.",
                 desfire_status_text((uint16_t)code));
    job_fail(op, forbidden ? KC_ERROR_CARD_REFUSED : KC_ERROR_CARD_FORMAT, number, text);
    return true;
}

void job_read_answer(struct driver_op *op, const struct answer *answer)
{
    struct job *job = job_of(op);
    struct answer copy = *answer;
    size_t wanted = job->kind.family == CARD_DESFIRE ? job->unit : READ_AT_ONCE;
    size_t left = job->need - job->have;
    if (job_was_opened(op, answer)) {
        job_read_on(op);
        return;
    }
    if (answer->kind == ANSWER_NOT_AUTHENTICATED && job->known == KNOWN_AS_BEFORE) {
        if (job->key_refused) {
            refuse_key(op);
            return;
        }
        job->key_refused = true; /* unless it has just left, which looks the same */
        copy.kind = ANSWER_GONE;
    }
    wanted = wanted < left ? wanted : left;
    bool done = job_was_done(job, &copy);
    if (done && copy.count < wanted) {
        copy.kind = ANSWER_REFUSED;
        copy.text = "the answer is too short";
        done = false;
    }
    if (done) {
        memcpy(job->memory + job->have, copy.data, wanted);
        job->have += wanted;
        job_read_on(op);
    } else if (copy.kind != ANSWER_REFUSED || !refuse_file(op, copy.code)) {
        job_again(op, &copy);
    }
}
