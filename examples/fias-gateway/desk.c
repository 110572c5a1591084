/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests and their ends. */
#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "say.h"

enum { CANCEL_WAIT = 1000 };

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static const char *label(const struct order *order)
{
    static const char *const labels[] = {
        [ORDER_NEW] = "new key",    [ORDER_DUPLICATE] = "duplicate", [ORDER_ONE_SHOT] = "one-shot key",
        [ORDER_DELETE] = "delete",  [ORDER_CHANGE] = "change",       [ORDER_READ] = "read",
        [ORDER_LEFT] = "check-out",
    };
    return labels[order->kind];
}

/* FIAS: an answer names no request. One that is late, on another connection, could be taken for another's. */
static void send_answer(struct desk *desk, struct task *task, const struct answer *answer)
{
    struct buf record;
    const bool current = task->connection == desk->link.connection && line_is_open(&desk->link.line);
    say(KC_LOG_INFO, "%s at key coder \"%s\": %s, %s%s%s", label(&task->order), task->order.coder,
        answer->status[0] != '\0' ? answer->status : "no answer", answer->text, task->op != NULL ? "; operation " : "",
        kc_op_get_id(task->op));
    if (kc_op_get_error(task->op) != NULL)
        say(KC_LOG_WARNING, "operation %s: %s", kc_op_get_id(task->op),
            kc_error_get_message(kc_op_get_error(task->op)));
    if (task->order.record == FIAS_ID("GO") || answer->status[0] == '\0')
        return;
    if (!current) {
        say(KC_LOG_WARNING, "the connection on which this was asked is gone: the answer waits for the same request");
        return;
    }
    buf_init(&record);
    if (answer_write(answer, &task->order, task->op, desk->settings, &desk->words, &record)) {
        link_send(&desk->link, &record);
        if (task->repeat != NULL)
            task->repeat->answered = line_is_open(&desk->link.line);
    } else {
        say(KC_LOG_ERROR, "an answer could not be written");
    }
    buf_free(&record);
}

static void end_task(struct task *task)
{
    if (task->repeat != NULL)
        task->repeat->running--;
    order_free(&task->order);
    kc_op_unref(task->op);
    memset(task, 0, sizeof *task);
}

static void refuse(struct desk *desk, struct task *task, const char *status, const char *text)
{
    const struct answer answer = answer_refusal(status, text);
    send_answer(desk, task, &answer);
    end_task(task);
}

/* ---- Beginning ------------------------------------------------------------------------------------------------- */

/* Takes the place of the operation before. */
static void follow(struct desk *desk, struct task *task, int32_t status, kc_op *op)
{
    kc_op_unref(task->op);
    task->op = op;
    if (status != KC_OK) {
        task->op = NULL;
        refuse(desk, task, "RY", kc_status_text(status));
    }
}

/* The ledger says whose keys the room has, or where the stay is, before anything is deleted or changed. */
static void look(struct desk *desk, struct task *task)
{
    const bool changes = task->order.kind == ORDER_CHANGE;
    kc_op *op = NULL;
    task->looking = true;
    const int32_t status = kc_list_keys(desk->hotel.site, changes ? KC_FILTER_BOOKING : KC_FILTER_ROOM,
                                        changes ? task->order.booking : task->order.room, 0, &op);
    follow(desk, task, status, op);
}

static void act(struct desk *desk, struct task *task)
{
    typedef int32_t starter(kc_request *, kc_op **);
    static starter *const starters[] = {
        [ORDER_NEW] = kc_issue_original, [ORDER_DUPLICATE] = kc_issue_duplicate, [ORDER_ONE_SHOT] = kc_issue_one_shot,
        [ORDER_DELETE] = kc_check_out,   [ORDER_CHANGE] = kc_modify_stay,        [ORDER_READ] = kc_read_card,
        [ORDER_LEFT] = kc_check_out,
    };
    kc_op *op = NULL;
    task->looking = false;
    int32_t status = KC_OK;
    if (task->repeat != NULL)
        status = kc_request_set_idempotency_key(task->order.request, task->key);
    if (status == KC_OK)
        status = starters[task->order.kind](task->order.request, &op);
    follow(desk, task, status, op);
}

static void begin(struct desk *desk, struct task *task)
{
    const struct order *order = &task->order;
    if (order->kind == ORDER_CHANGE && order->booking[0] == '\0' && order->room_before[0] != '\0')
        refuse(desk, task, "UR", "No reservation G# to move");
    else if ((order->kind == ORDER_CHANGE || order->kind == ORDER_DELETE || order->kind == ORDER_LEFT) &&
             order->booking[0] != '\0')
        look(desk, task);
    else
        act(desk, task);
}

/* ---- After the ledger was asked -------------------------------------------------------------------------------- */

static const char *room_of(const kc_key *key)
{
    return kc_key_get_room(key, 0);
}

static bool is_live(const kc_key *key)
{
    const int32_t state = kc_key_get_state(key);
    return (state == KC_KEY_ACTIVE || state == KC_KEY_UNRESOLVED || state == KC_KEY_PENDING ||
            state == KC_KEY_BLOCKED) &&
           kc_key_is_expired(key) == 0;
}

/* A lock system that checks a room out takes the other sharer's keys as well, or those of the next guest. */
static bool others_stay(const struct task *task)
{
    for (int32_t i = 0; i < kc_op_get_key_count(task->op); i++) {
        const kc_key *key = kc_op_get_key(task->op, i);
        if (is_live(key) && strcmp(kc_key_get_booking(key), task->order.booking) != 0)
            return true;
    }
    return false;
}

/* Without keys in the ledger nobody knows which room would be changed. */
static bool is_there(const struct task *task)
{
    const char *room = task->order.room_before[0] != '\0' ? task->order.room_before : task->order.room;
    for (int32_t i = 0; i < kc_op_get_key_count(task->op); i++) {
        const kc_key *key = kc_op_get_key(task->op, i);
        if (is_live(key) && strcmp(room_of(key), room) == 0)
            return true;
    }
    return false;
}

static void looked(struct desk *desk, struct task *task)
{
    const bool may_share = setting_is(desk->settings, SETTING_SHARED_CHECK_OUT, "allow");
    if (kc_op_get_status(task->op) != KC_OK) {
        const struct answer answer = answer_of(&task->order, task->op, desk->settings);
        send_answer(desk, task, &answer);
        end_task(task);
    } else if (task->order.kind == ORDER_CHANGE && !is_there(task)) {
        refuse(desk, task, "UR", "No key known for it: make a new key");
    } else if (task->order.kind != ORDER_CHANGE && !may_share && others_stay(task)) {
        refuse(desk, task, "UR", "Keys of another reservation in the room");
    } else {
        act(desk, task);
    }
}

/* ---- Records --------------------------------------------------------------------------------------------------- */

static bool same_place(const struct order *one, const struct order *other)
{
    return one->place.encoder[0] != '\0' && strcmp(one->place.encoder, other->place.encoder) == 0 &&
           strcmp(one->place.system, other->place.system) == 0;
}

/* FIAS: one request at a time for each key coder. A further one would wait until the PMS has given up, and then its
 * card would be made for nobody. */
static bool is_taken(const struct desk *desk, const struct task *task)
{
    for (size_t i = 0; i < DESK_TASKS; i++) {
        const struct task *other = &desk->tasks[i];
        const bool same_request = task->repeat != NULL && task->repeat == other->repeat;
        if (other->used && other != task && !same_request && same_place(&other->order, &task->order))
            return true;
    }
    return false;
}

static struct task *new_task(struct desk *desk)
{
    for (size_t i = 0; i < DESK_TASKS; i++) {
        if (!desk->tasks[i].used) {
            memset(&desk->tasks[i], 0, sizeof desk->tasks[i]);
            return &desk->tasks[i];
        }
    }
    return NULL;
}

static void take_request(struct desk *desk, const struct fias_record *record)
{
    const int64_t within = setting_number(desk->settings, SETTING_ANSWER_WITHIN);
    const int64_t window = (int64_t)setting_number(desk->settings, SETTING_REPEAT_WINDOW) * 1000;
    struct task spare = {.used = true, .connection = desk->link.connection, .due = INT64_MAX};
    struct task *task = new_task(desk);
    if (task == NULL) {
        order_read(&spare.order, record, &desk->hotel, desk->settings, &desk->words);
        refuse(desk, &spare, "BY", "Too many requests at once");
        return;
    }
    if (desk->closing) {
        order_read(&spare.order, record, &desk->hotel, desk->settings, &desk->words);
        refuse(desk, &spare, "RY", "The gateway is being stopped");
        return;
    }
    *task = spare;
    order_read(&task->order, record, &desk->hotel, desk->settings, &desk->words);
    if (task->order.request == NULL) {
        refuse(desk, task, "UR", task->order.fault);
        return;
    }
    if (task->order.kind != ORDER_READ)
        task->repeat = repeats_take(&desk->repeats, record, desk->link.connection, window, task->key);
    if (is_taken(desk, task)) {
        refuse(desk, task, "BY", "The encoder has a request already");
        return;
    }
    task->due = within > 0 ? clock_now() + within * 1000 : INT64_MAX;
    begin(desk, task);
}

/* FIAS, section "guest data": SF marks what is told again after a loss. */
static void take_guest(struct desk *desk, const struct fias_record *record)
{
    char name[3];
    say(KC_LOG_INFO, "the PMS told %s", fias_id_text(record->id, name));
    if (record->id == FIAS_ID("GO") && fias_find(record, FIAS_ID("SF")) == NULL &&
        setting_is(desk->settings, SETTING_GUEST_RECORDS, "check-out"))
        take_request(desk, record);
}

static void take(void *user, const struct fias_record *record)
{
    struct desk *desk = user;
    char name[3];
    if (record->id == FIAS_ID("KR") || record->id == FIAS_ID("KD") || record->id == FIAS_ID("KM") ||
        record->id == FIAS_ID("KZ"))
        take_request(desk, record);
    else if (record->id == FIAS_ID("GI") || record->id == FIAS_ID("GC") || record->id == FIAS_ID("GO"))
        take_guest(desk, record);
    else
        say(KC_LOG_DEBUG, "the record %s is ignored", fias_id_text(record->id, name));
}

/* ---- The library's events -------------------------------------------------------------------------------------- */

static void take_done(struct desk *desk, const kc_op *op)
{
    /* Two tasks have the same operation if the PMS repeated its request while it ran. */
    for (size_t i = 0; i < DESK_TASKS; i++) {
        struct task *task = &desk->tasks[i];
        if (!task->used || task->op != op)
            continue;
        if (task->looking) {
            looked(desk, task);
            continue;
        }
        const struct answer answer = answer_of(&task->order, task->op, desk->settings);
        if (task->told)
            say(KC_LOG_WARNING, "operation %s ended after the PMS was told that nobody knows: %s, %s", kc_op_get_id(op),
                answer.status, answer.text);
        else
            send_answer(desk, task, &answer);
        end_task(task);
    }
}

/* A request that lasts too long is cancelled. What has left cannot be called back in every lock system; then the PMS is
 * told that nobody knows, and the encoder stays taken until the operation ends. */
static void watch(struct desk *desk, struct task *task)
{
    const int64_t now = clock_now();
    if (!task->used || now < task->due)
        return;
    if (!task->given_up) {
        task->given_up = true;
        task->due = now + CANCEL_WAIT;
        (void)kc_op_cancel(task->op);
        return;
    }
    const struct answer answer = answer_unknown(&task->order, desk->settings);
    task->due = INT64_MAX;
    task->told = true;
    send_answer(desk, task, &answer);
}

bool desk_run(struct desk *desk)
{
    if (kc_context_dispatch(desk->hotel.context) != KC_OK) {
        say(KC_LOG_ERROR, "the library cannot go on: %s",
            kc_error_get_message(kc_context_get_error(desk->hotel.context)));
        return false;
    }
    for (kc_event *event; (event = kc_context_next_event(desk->hotel.context)) != NULL; kc_event_unref(event)) {
        const int32_t type = kc_event_get_type(event);
        kc_op *op = kc_event_get_op(event);
        if (type == KC_EVENT_WARNING)
            say(KC_LOG_WARNING, "operation %s: %s", kc_op_get_id(op), kc_event_get_text(event));
        else if (type == KC_EVENT_PROMPT && kc_event_get_prompt(event) == KC_PROMPT_CONFIRM)
            (void)kc_op_answer(op, KC_ANSWER_NO); /* nobody is here */
        else if (type == KC_EVENT_DONE && op != NULL)
            take_done(desk, op);
    }
    for (size_t i = 0; i < DESK_TASKS; i++)
        watch(desk, &desk->tasks[i]);
    return true;
}

int64_t desk_due(const struct desk *desk)
{
    int64_t due = link_due(&desk->link);
    for (size_t i = 0; i < DESK_TASKS; i++) {
        const struct task *task = &desk->tasks[i];
        if (task->used && task->due < due)
            due = task->due;
    }
    return due;
}

bool desk_is_busy(const struct desk *desk)
{
    for (size_t i = 0; i < DESK_TASKS; i++) {
        if (desk->tasks[i].used)
            return true;
    }
    return false;
}

/* ---- Open and close -------------------------------------------------------------------------------------------- */

/* What is not declared, a PMS does not ask for: only what the lock systems behind can do. */
static void declare(struct desk *desk)
{
    const struct settings *settings = desk->settings;
    struct buf fields;
    buf_init(&fields);
    buf_append_text(&fields, "WSKCRNKTG#GAGDDTGNIDSIDATI");
    if (settings->options.count > 0)
        buf_append_text(&fields, "KO");
    if (setting_is(settings, SETTING_KEY_COUNT, "on"))
        buf_append_text(&fields, "K#");
    if (setting_is(settings, SETTING_PRINT_TEXT, "on"))
        buf_append_text(&fields, "CT");
    link_declare(&desk->link, "KR", buf_text(&fields));
    buf_free(&fields);
    if (hotel_has(&desk->hotel, KC_CAPABILITY_CHECK_OUT))
        link_declare(&desk->link, "KD", "WSKCRNG#IDDATI");
    if (hotel_has(&desk->hotel, KC_CAPABILITY_MODIFY_STAY))
        link_declare(&desk->link, "KM", "WSKCRNROG#GAGDDTGNSIIDDATI");
    if (hotel_has(&desk->hotel, KC_CAPABILITY_READ))
        link_declare(&desk->link, "KZ", "WSKCRNG#GDDTGNSIIDDATIASCT");
    const bool returns_card = hotel_has(&desk->hotel, KC_CAPABILITY_CARD_SERIAL) &&
                              setting_is(settings, SETTING_CARD_NUMBER, "on");
    link_declare(&desk->link, "KA", returns_card ? "ASCTKCWSG#DATI$2" : "ASCTKCWSG#DATI");
    if (!setting_is(settings, SETTING_GUEST_RECORDS, "off")) {
        link_declare(&desk->link, "GI", "RNG#GSSF");
        link_declare(&desk->link, "GC", "RNG#GSRO");
        link_declare(&desk->link, "GO", "RNG#GSSF");
    }
}

bool desk_open(struct desk *desk, const struct settings *settings, bool with_link, char *fault, size_t size)
{
    const char *page = setting_text(settings, SETTING_CODE_PAGE);
    desk->settings = settings;
    desk->link.take = take;
    desk->link.user = desk;
    if (!words_open(&desk->words, page)) {
        (void)snprintf(fault, size, "code-page: iconv knows no \"%s\"; names are such as ISO-8859-1 or CP1250", page);
        return false;
    }
    if (!repeats_open(&desk->repeats)) {
        (void)snprintf(fault, size, "no random number could be had");
        return false;
    }
    if (!hotel_open(&desk->hotel, settings, fault, size))
        return false;
    declare(desk);
    return !with_link || link_open(&desk->link, settings, fault, size);
}

struct desk *desk_new(void)
{
    struct desk *desk = calloc(1, sizeof *desk);
    if (desk == NULL)
        return NULL;
    desk->words.in = desk->words.out = (iconv_t)-1;
    link_init(&desk->link);
    return desk;
}

void desk_free(struct desk *desk)
{
    link_close(&desk->link);
    for (size_t i = 0; i < DESK_TASKS; i++)
        end_task(&desk->tasks[i]);
    words_close(&desk->words);
    property_close(&desk->hotel);
    free(desk);
}
