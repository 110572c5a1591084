/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests: setters that check each value at once. */
#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "site.h"
#include "util/text.h"

enum { DROPPED_MOST = 4096 }; /* bytes */
enum { NAME_MAX_CHARACTERS = 100, TEXT_MAX_CHARACTERS = 400, MESSAGE_MAX_CHARACTERS = 1000 };
static const size_t list_most[WANT_LISTS] = {REQUEST_ROOMS, REQUEST_AREAS, REQUEST_AREAS, REQUEST_TEXTS};

static struct asked *asked_new(void)
{
    struct asked *asked = malloc(sizeof(*asked));
    if (!asked)
        return NULL;
    atomic_init(&asked->refs, 1);
    arena_init_in(&asked->arena, asked->room, sizeof(asked->room));
    want_init(&asked->want);
    asked->plan = NULL;
    asked->comes_again = false;
    asked->outdated = 0;
    return asked;
}

void asked_drop(struct asked *asked)
{
    if (!asked || atomic_fetch_sub_explicit(&asked->refs, 1, memory_order_acq_rel) != 1)
        return;
    arena_free(&asked->arena);
    free(asked);
}

int32_t kc_request_new(kc_site *site, kc_request **out)
{
    if (!site || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_request *request = calloc(1, sizeof(*request));
    if (!request || !(request->asked = asked_new())) {
        free(request);
        return KC_ERROR_NO_MEMORY;
    }
    atomic_init(&request->refs, 1);
    request->site = site;
    site_hold(site);
    context_handle(site->context);
    *out = request;
    return KC_OK;
}

kc_request *kc_request_ref(kc_request *request)
{
    if (request) {
        atomic_fetch_add_explicit(&request->refs, 1, memory_order_relaxed);
        context_handle(request->site->context);
    }
    return request;
}

kc_request *kc_request_unref(kc_request *request)
{
    if (!request)
        return NULL;
    struct kc_context *context = request->site->context;
    if (atomic_fetch_sub_explicit(&request->refs, 1, memory_order_acq_rel) == 1) {
        site_drop(request->site);
        asked_drop(request->asked);
        free(request->error);
        free(request);
    }
    context_handle_back(context);
    return NULL;
}

const kc_error *kc_request_get_error(const kc_request *request)
{
    return request ? request->error : NULL;
}

static int32_t fail(struct kc_request *request, const struct kc_error *error)
{
    return error_keep(&request->error, error);
}

static int32_t no_memory(struct kc_request *request)
{
    struct kc_error error = {0};
    error_no_memory(&error);
    return fail(request, &error);
}

/* Gives the request what it wants anew, in memory of its own. 0, or -1 when memory is used up. */
static int renew(struct kc_request *request)
{
    const char **lists[WANT_LISTS] = {NULL};
    struct asked *fresh = asked_new();
    bool good = fresh && want_copy(&fresh->arena, &request->asked->want, &fresh->want) == 0;
    for (size_t i = 0; good && i < WANT_LISTS; i++) {
        struct strings *list = want_list(&fresh->want, (enum want_list)i);
        if (!list->count)
            continue;
        lists[i] = arena_alloc(&fresh->arena, list_most[i] * sizeof(const char *));
        good = lists[i] != NULL;
        for (size_t k = 0; good && k < list->count; k++)
            lists[i][k] = list->items[k];
        list->items = lists[i];
    }
    if (!good) {
        asked_drop(fresh);
        return -1;
    }
    asked_drop(request->asked);
    request->asked = fresh;
    request->dropped = 0;
    memcpy(request->lists, lists, sizeof(lists));
    return 0;
}

/* Before something is changed. NULL when memory is used up. */
static struct want *own_want(struct kc_request *request)
{
    bool shared = atomic_load_explicit(&request->asked->refs, memory_order_acquire) > 1;
    if (shared && renew(request) != 0)
        return NULL;
    request->asked->plan = NULL;
    request->asked->comes_again = false;
    return &request->asked->want;
}

/* Old values stay in the arena; once they are most of it, the rest moves to a new one. */
static void drop_bytes(struct kc_request *request, size_t count)
{
    request->dropped += count;
    if (request->dropped + request->asked->outdated >= DROPPED_MOST)
        (void)renew(request); /* without memory it stays as it is */
}

void request_tidy(struct kc_request *request)
{
    if (request->asked->outdated >= DROPPED_MOST)
        drop_bytes(request, 0);
}

/* The list, with room for as many as may be. NULL when memory is used up. */
static struct strings *own_list(struct kc_request *request, enum want_list index)
{
    struct want *want = own_want(request);
    if (!want)
        return NULL;
    struct strings *list = want_list(want, index);
    if (!request->lists[index])
        request->lists[index] = arena_alloc(&request->asked->arena, list_most[index] * sizeof(const char *));
    list->items = request->lists[index];
    return list->items ? list : NULL;
}

/* Guest data and secrets are never shown in a message: only where the fault is. `the` stands before the field's name.
 */
static int32_t check_text(struct kc_request *request, const char *the, const char *field, const char *text, size_t most,
                          bool line_feeds)
{
    struct kc_error error = {0};
    size_t at = 0;
    switch (text_check(text, most, line_feeds, &at)) {
    case TEXT_GOOD:
        return KC_OK;
    case TEXT_NOT_UTF8:
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, field, "%s %s is not valid UTF-8 at byte %zu.", the, field,
                  at + 1);
        break;
    case TEXT_CONTROL:
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, field, "%s %s has a control character at byte %zu.", the, field,
                  at + 1);
        break;
    case TEXT_TOO_LONG:
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, field, "%s %s is longer than %zu characters.", the, field, most);
        break;
    }
    return fail(request, &error);
}

/* The first transliteration of a script loads its tables, which may take 100 ms: here, so that dispatch never does. */
static void load_tables(struct kc_request *request, const char *text)
{
    struct buf ignored = {0};
    if (!text_fits(text, TEXT_ASCII))
        text_adapt(request->site->context->adapter, text, TEXT_ASCII, &ignored);
    buf_free(&ignored);
}

/* A copy of a text that was checked; "" for none. NULL when memory is used up. */
static const char *take_text(struct kc_request *request, const char *text)
{
    const char *copy = text && *text ? arena_text(&request->asked->arena, text) : "";
    if (copy)
        load_tables(request, copy);
    return copy;
}

static int32_t set_text_field(struct kc_request *request, size_t offset, const char *field, const char *text,
                              size_t most, bool line_feeds)
{
    int32_t status = text ? check_text(request, "The", field, text, most, line_feeds) : KC_OK;
    if (status != KC_OK)
        return status;
    struct want *want = own_want(request);
    const char *copy = want ? take_text(request, text) : NULL;
    if (!copy)
        return no_memory(request);
    const char **slot = want_text(want, offset);
    size_t old = strlen(*slot);
    *slot = copy;
    drop_bytes(request, old);
    return KC_OK;
}

#define SET_TEXT(request, slot, field, text, most, line_feeds)                                                         \
    set_text_field(request, offsetof(struct want, slot), field, text, most, line_feeds)
#define NAME_SETTER(function, slot, field)                                                                             \
    int32_t function(kc_request *request, const char *value)                                                           \
    {                                                                                                                  \
        return request ? SET_TEXT(request, slot, field, value, NAME_MAX_CHARACTERS, false)                             \
                       : KC_ERROR_INVALID_ARGUMENT;                                                                    \
    }

NAME_SETTER(kc_request_set_booking, booking, "booking")
NAME_SETTER(kc_request_set_station, station, "station")
NAME_SETTER(kc_request_set_encoder, encoder, "encoder")
NAME_SETTER(kc_request_set_system, system, "system")
NAME_SETTER(kc_request_set_operator, operator_name, "operator")
NAME_SETTER(kc_request_set_idempotency_key, idempotency_key, "idempotency-key")

int32_t kc_request_set_guest(kc_request *request, const char *name)
{
    return request ? SET_TEXT(request, guest, "guest", name, TEXT_MAX_CHARACTERS, false) : KC_ERROR_INVALID_ARGUMENT;
}

int32_t kc_request_set_message(kc_request *request, const char *text)
{
    return request ? SET_TEXT(request, message, "message", text, MESSAGE_MAX_CHARACTERS, true)
                   : KC_ERROR_INVALID_ARGUMENT;
}

static int32_t add_to_list(struct kc_request *request, enum want_list index, const char *field, const char *value)
{
    struct kc_error error = {0};
    const struct strings *before = want_list(&request->asked->want, index);
    if (!value || !*value) {
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, field, "An empty value cannot be added to the %s.", field);
        return fail(request, &error);
    }
    int32_t status = check_text(request, "One of the", field, value, NAME_MAX_CHARACTERS, false);
    if (status != KC_OK)
        return status;
    struct error_quoted quoted;
    for (size_t i = 0; i < before->count; i++)
        if (strcmp(before->items[i], value) == 0) {
            error_set(&error, KC_ERROR_INVALID_ARGUMENT, field, "\"%s\" stands in the %s already.",
                      error_quote(&quoted, value), field);
            return fail(request, &error);
        }
    if (before->count == list_most[index]) {
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, field, "There are at most %zu %s in a request.", list_most[index],
                  field);
        return fail(request, &error);
    }
    struct strings *list = own_list(request, index);
    const char *copy = list ? arena_text(&request->asked->arena, value) : NULL;
    if (!copy)
        return no_memory(request);
    request->lists[index][list->count++] = copy;
    return KC_OK;
}

static int32_t clear_list(struct kc_request *request, enum want_list index)
{
    struct want *want = own_want(request);
    if (!want)
        return no_memory(request);
    struct strings *list = want_list(want, index);
    size_t bytes = 0;
    for (size_t i = 0; i < list->count; i++)
        bytes += strlen(list->items[i]) + 1;
    list->count = 0;
    drop_bytes(request, bytes);
    return KC_OK;
}

int32_t kc_request_add_room(kc_request *request, const char *room)
{
    return request ? add_to_list(request, WANT_ROOMS, "rooms", room) : KC_ERROR_INVALID_ARGUMENT;
}

int32_t kc_request_clear_rooms(kc_request *request)
{
    return request ? clear_list(request, WANT_ROOMS) : KC_ERROR_INVALID_ARGUMENT;
}

int32_t kc_request_add_area(kc_request *request, const char *area)
{
    return request ? add_to_list(request, WANT_AREAS, "areas", area) : KC_ERROR_INVALID_ARGUMENT;
}

int32_t kc_request_remove_area(kc_request *request, const char *area)
{
    return request ? add_to_list(request, WANT_DENIED, "denied areas", area) : KC_ERROR_INVALID_ARGUMENT;
}

int32_t kc_request_clear_areas(kc_request *request)
{
    if (!request)
        return KC_ERROR_INVALID_ARGUMENT;
    int32_t status = clear_list(request, WANT_AREAS);
    return status == KC_OK ? clear_list(request, WANT_DENIED) : status;
}

int32_t kc_request_set_validity(kc_request *request, const char *from, const char *until)
{
    if (!request)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    struct kc_site *site = request->site;
    struct moment start = {0}, end = {0};
    enum moment_note start_note = MOMENT_EXACT, end_note = MOMENT_EXACT;
    int32_t status = KC_OK;
    if (from && *from)
        status = moment_parse(site->zone, from, MOMENT_FROM, &site->check_in, "from", &start, &start_note, &error);
    if (status == KC_OK && until && *until)
        status = moment_parse(site->zone, until, MOMENT_UNTIL, &site->check_out, "until", &end, &end_note, &error);
    if (status == KC_OK && start.utc && end.utc && end.utc <= start.utc) {
        struct error_quoted first, second;
        status = error_set(&error, KC_ERROR_INVALID_ARGUMENT, "until", "The end \"%s\" is not after the start \"%s\".",
                           error_quote(&second, until), error_quote(&first, from));
    }
    if (status != KC_OK)
        return fail(request, &error);
    struct want *want = own_want(request);
    if (!want)
        return no_memory(request);
    want->from = start;
    want->until = end;
    want->from_note = start_note;
    want->until_note = end_note;
    return KC_OK;
}

int32_t kc_request_set_copies(kc_request *request, int32_t copies)
{
    if (!request)
        return KC_ERROR_INVALID_ARGUMENT;
    if (copies < 1 || copies > 99) {
        struct kc_error error = {0};
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "copies", "The number of cards is 1 to 99, not %d.", copies);
        return fail(request, &error);
    }
    struct want *want = own_want(request);
    if (!want)
        return no_memory(request);
    want->copies = copies;
    return KC_OK;
}

int32_t kc_request_set_text(kc_request *request, int32_t line, const char *text)
{
    if (!request)
        return KC_ERROR_INVALID_ARGUMENT;
    if (line < 1 || line > REQUEST_TEXTS) {
        struct kc_error error = {0};
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "text", "Lines of text are numbered 1 to %d, not %d.",
                  REQUEST_TEXTS, line);
        return fail(request, &error);
    }
    int32_t status = text ? check_text(request, "The", "text", text, TEXT_MAX_CHARACTERS, false) : KC_OK;
    if (status != KC_OK)
        return status;
    struct strings *list = own_list(request, WANT_TEXTS);
    const char *copy = list ? take_text(request, text) : NULL;
    if (!copy)
        return no_memory(request);
    const char **lines = request->lists[WANT_TEXTS];
    for (size_t i = list->count; i < (size_t)line; i++)
        lines[i] = "";
    if (list->count < (size_t)line)
        list->count = (size_t)line;
    size_t old = strlen(lines[line - 1]);
    lines[line - 1] = copy;
    while (list->count && !*lines[list->count - 1])
        list->count--;
    drop_bytes(request, old);
    return KC_OK;
}

int32_t kc_request_set_return_image(kc_request *request, int32_t wanted)
{
    if (!request)
        return KC_ERROR_INVALID_ARGUMENT;
    struct want *want = own_want(request);
    if (!want)
        return no_memory(request);
    want->return_image = wanted != 0;
    return KC_OK;
}

/* The serial numbers of contactless cards have 4, 7 or 10 bytes (ISO/IEC 14443-3, 6.5.4); others up to 16. */
int32_t kc_request_set_card_serial(kc_request *request, const char *serial)
{
    if (!request)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    struct error_quoted quoted;
    char plain[33] = "";
    size_t length = 0;
    bool wrong = false;
    for (const char *at = serial ? serial : ""; *at && !wrong; at++) {
        if (strchr(" :-", *at))
            continue;
        wrong = !strchr("0123456789ABCDEFabcdef", *at) || length + 1 >= sizeof(plain);
        if (!wrong)
            plain[length++] = (char)(*at >= 'a' ? *at - 'a' + 'A' : *at);
    }
    bool zeros = strspn(plain, "0") == length;
    if (serial && *serial && (wrong || length < 8 || length % 2 || zeros)) {
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "card-serial",
                  "\"%s\" is no serial number of a card: it has 4 to 16 bytes as hex digits, not all 0.",
                  error_quote(&quoted, serial));
        return fail(request, &error);
    }
    return SET_TEXT(request, card_serial, "card-serial", plain, sizeof(plain), false);
}

int32_t kc_request_set_image(kc_request *request, const uint8_t *bytes, size_t size)
{
    struct kc_error error = {0};
    if (!request)
        return KC_ERROR_INVALID_ARGUMENT;
    if (size && !bytes) {
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "image", "There are no bytes, but their number is %zu.", size);
        return fail(request, &error);
    }
    if (size > REQUEST_IMAGE) {
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "image", "%zu bytes for a card are more than %d.", size,
                  REQUEST_IMAGE);
        return fail(request, &error);
    }
    struct want *want = own_want(request);
    size_t old = want ? want->image_size : 0;
    if (!want || want_set_image(&request->asked->arena, want, bytes, size) != 0)
        return no_memory(request);
    drop_bytes(request, old);
    return KC_OK;
}

/* ITU-T E.164: at most 15 digits; eight is the least that any numbering plan gives with its country code. */
int32_t kc_request_set_phone(kc_request *request, const char *phone)
{
    if (!request)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    char plain[20] = "";
    size_t length = 0, digits = 0;
    bool wrong = false;
    for (const char *at = phone ? phone : ""; *at && !wrong; at++) {
        if (strchr(" .-()/", *at))
            continue;
        bool is_digit = *at >= '0' && *at <= '9';
        wrong = !(is_digit || (*at == '+' && length == 0)) || length + 1 >= sizeof(plain);
        plain[length] = *at;
        length += !wrong;
        digits += is_digit;
    }
    plain[length] = '\0';
    bool zeros = length > 2 && plain[0] == '0' && plain[1] == '0';
    size_t number = zeros ? digits - 2 : digits;
    bool empty = !phone || !*phone;
    if (!empty && (wrong || (plain[0] != '+' && !zeros) || number < 8 || number > 15)) {
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "phone",
                  strchr(phone, '@') ? "This is no phone number; an e-mail address has a field of its own."
                                     : "A phone number is + or 00, the country code, and 8 to 15 digits in all.");
        return fail(request, &error);
    }
    return SET_TEXT(request, phone, "phone", plain, sizeof(plain), false);
}

/* What every mail system takes: one @, something before it, a name with a dot behind it, no blanks. */
int32_t kc_request_set_email(kc_request *request, const char *email)
{
    if (!request)
        return KC_ERROR_INVALID_ARGUMENT;
    if (email && *email) {
        struct kc_error error = {0};
        const char *at = strchr(email, '@');
        const char *dot = at ? strrchr(at, '.') : NULL;
        if (!at || at == email || !dot || dot == at + 1 || !dot[1] || strchr(at + 1, '@') ||
            strpbrk(email, " \t,;<>\"()")) {
            error_set(&error, KC_ERROR_INVALID_ARGUMENT, "email",
                      "This is no e-mail address: it needs a name, one @, and a domain, without blanks.");
            return fail(request, &error);
        }
    }
    return SET_TEXT(request, email, "email", email, 254, false);
}
