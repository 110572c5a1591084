/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer: the whole library with the fuzzer as the lock system. The input is a programme: it starts operations,
 * cancels, retries and resolves them, lets time pass, and is the other end of the wire. Clock and random bytes are
 * those below, so that the same input does the same again. Required of every input:
 * - each operation ends with exactly one DONE, as its last event, within a bounded number of rounds;
 * - each frame that the library sends is a request that a lock system can read, and nothing is sent between frames;
 * - a request is sent again only after a NAK;
 * - what an operation says of the card agrees with what was on the wire, and with the ledger;
 * - guest data are not in the log. */
#include <keycard/keycard.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "fuzzed_library.h"
#include "industry_standard/codec.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { OPS_AT_MOST = 24, SYSTEMS = 2, ROUNDS_AT_MOST = 600 };

static const char guest_secret[] = "Qwertzuiop", phone_secret[] = "+359888776655";

/* ---- Clock and random bytes of the library under test ----------------------------------------------------------- */

static int64_t elapsed_ms;
static uint64_t random_state;

int fuzz_clock_gettime(clockid_t clock, struct timespec *out)
{
    int64_t base = clock == CLOCK_REALTIME ? INT64_C(1781517600000) : 1000000; /* 2026-06-15T10:00Z */
    out->tv_sec = (base + elapsed_ms) / 1000;
    out->tv_nsec = (base + elapsed_ms) % 1000 * 1000000;
    return 0;
}

ssize_t fuzz_getrandom(void *out, size_t count, unsigned flags)
{
    uint8_t *bytes = out;
    (void)flags;
    for (size_t i = 0; i < count; i++) {
        random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
        bytes[i] = (uint8_t)(random_state >> 56);
    }
    return (ssize_t)count;
}

/* ---- The input -------------------------------------------------------------------------------------------------- */

struct tape {
    const uint8_t *at;
    size_t left;
};

static uint8_t take(struct tape *tape)
{
    if (!tape->left)
        return 0;
    tape->left--;
    return *tape->at++;
}

static size_t take_piece(struct tape *tape, size_t most, const uint8_t **piece)
{
    size_t wanted = take(tape) % (most + 1), length = wanted < tape->left ? wanted : tape->left;
    *piece = tape->at;
    tape->at += length;
    tape->left -= length;
    return length;
}

/* A text out of a few good ones, or any. */
static const char *take_text(struct tape *tape, const char *const *usual, size_t count, char out[64])
{
    uint8_t choice = take(tape);
    if (choice % 8 != 7)
        return usual[choice % count];
    const uint8_t *piece;
    size_t length = take_piece(tape, 63, &piece);
    if (length)
        memcpy(out, piece, length);
    out[length] = '\0';
    return out;
}

/* ---- The world of one input ------------------------------------------------------------------------------------- */

struct followed {
    kc_op *op;
    bool done;
};

struct peer {
    kc_system *system;
    int fd;
    struct industry_decoder decoder;
    char command[8], id[64]; /* fields 0 and 1 of the last request */
    uint64_t requests, naks; /* received; sent, at most */
    bool hung_up;            /* a request may have left without coming in here */
};

struct world {
    kc_context *context;
    kc_site *site;
    struct peer peers[SYSTEMS];
    size_t systems;
    struct followed ops[OPS_AT_MOST * 2]; /* those that the input started, and what followed of them */
    size_t op_count;
    bool clerk_said; /* that a key opens: nothing need have been sent */
};

static void on_log(void *user, int32_t level, const char *domain, const char *message)
{
    (void)user, (void)level;
    if (strcmp(domain, "wire") == 0 && strstr(message, "<- "))
        return; /* what the input made up */
    REQUIRE(!strstr(message, guest_secret) && !strstr(message, phone_secret + 4));
}

static bool acts(int32_t verb)
{
    return verb <= KC_VERB_CANCEL_KEY && verb != KC_VERB_READ_CARD;
}

/* Takes over the handle. */
static struct followed *follow(struct world *world, kc_op *op)
{
    for (size_t i = 0; i < world->op_count; i++)
        if (world->ops[i].op == op) {
            kc_op_unref(op);
            return &world->ops[i];
        }
    REQUIRE(world->op_count < COUNT(world->ops));
    struct followed *followed = &world->ops[world->op_count++];
    followed->op = op;
    return followed;
}

static void check_done(struct world *world, kc_op *op)
{
    int32_t status = kc_op_get_status(op), outcome = kc_op_get_outcome(op), verb = kc_op_get_verb(op);
    const kc_error *error = kc_op_get_error(op);
    uint64_t requests = world->peers[0].requests + world->peers[1].requests;
    REQUIRE(kc_op_get_state(op) == KC_STATE_DONE);
    REQUIRE(outcome != KC_OUTCOME_PENDING || status == KC_ERROR_IN_PROGRESS || !acts(verb));
    REQUIRE((status == KC_OK) == (error == NULL));
    if (error)
        REQUIRE(*kc_error_get_message(error) && kc_error_get_code(error) == status);
    if (acts(verb) && status == KC_OK)
        REQUIRE(outcome == KC_OUTCOME_WRITTEN);
    if (acts(verb) && outcome == KC_OUTCOME_WRITTEN)
        REQUIRE(requests > 0 || world->clerk_said);
    if (acts(verb) && outcome == KC_OUTCOME_UNKNOWN)
        REQUIRE(requests > 0 || world->peers[0].hung_up || world->peers[1].hung_up);
    kc_op *next = kc_op_get_follow_up(op);
    if (next)
        follow(world, kc_op_ref(next));
}

static void take_events(struct world *world)
{
    kc_event *event;
    while ((event = kc_context_next_event(world->context))) {
        kc_op *op = kc_event_get_op(event);
        REQUIRE(*kc_event_get_text(event));
        if (op) {
            struct followed *followed = follow(world, kc_op_ref(op));
            REQUIRE(!followed->done);
            followed->done = kc_event_get_type(event) == KC_EVENT_DONE;
            if (followed->done)
                check_done(world, op);
        }
        kc_event_unref(event);
    }
}

/* ---- The wire --------------------------------------------------------------------------------------------------- */

static void keep_field(struct industry_field field, char *out, size_t size)
{
    size_t length = field.length < size ? field.length : size - 1;
    if (length)
        memcpy(out, field.bytes, length);
    out[length] = '\0';
}

static void look_at_request(struct peer *peer)
{
    struct industry_frame frame;
    struct industry_request request;
    REQUIRE(industry_split(peer->decoder.frame.bytes, peer->decoder.frame.length, &frame) == 0);
    REQUIRE(industry_request_parse(&industry_salto, &frame, &request) == 0);
    keep_field(frame.fields[0], peer->command, sizeof(peer->command));
    keep_field(frame.fields[1], peer->id, sizeof(peer->id));
    peer->requests++;
}

static void listen_to(struct peer *peer)
{
    uint8_t bytes[2048];
    ssize_t got;
    while (peer->fd >= 0 && (got = recv(peer->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
        for (size_t at = 0; at < (size_t)got;) {
            enum industry_event event;
            at += industry_decode(&peer->decoder, bytes + at, (size_t)got - at, &event);
            REQUIRE(event == INDUSTRY_NOTHING || event == INDUSTRY_ENQUIRY || event == INDUSTRY_FRAME);
            if (event == INDUSTRY_FRAME)
                look_at_request(peer);
        }
        REQUIRE(peer->decoder.ignored == 0);
    }
}

/* One request for each operation, and one more for each NAK. */
static void check_requests(const struct world *world)
{
    uint64_t requests = 0, allowed = world->op_count;
    for (size_t i = 0; i < world->systems; i++) {
        requests += world->peers[i].requests;
        allowed += world->peers[i].naks;
    }
    REQUIRE(requests <= allowed);
}

static void hang_up(struct peer *peer)
{
    if (peer->fd >= 0) {
        close(peer->fd);
        peer->hung_up = true;
    }
    peer->fd = -1;
    industry_decoder_reset(&peer->decoder);
}

static void plug_in(struct peer *peer)
{
    int pair[2];
    hang_up(peer);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return;
    if (kc_system_adopt_fd(peer->system, pair[0]) == KC_OK) {
        peer->fd = pair[1];
    } else {
        close(pair[0]);
        close(pair[1]);
    }
}

static void say(struct peer *peer, const void *bytes, size_t count)
{
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < count; i++)
        peer->naks += byte[i] == INDUSTRY_NAK;
    if (peer->fd >= 0 && count && send(peer->fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return; /* the library is not there, or does not read: as it comes */
}

static void say_byte(struct peer *peer, uint8_t byte)
{
    say(peer, &byte, 1);
}

static void say_fields(struct peer *peer, const char *first, const char *second, const char *third)
{
    struct industry_style style = {false, false};
    struct industry_field fields[] = {industry_field_of(first), industry_field_of(second), industry_field_of(third)};
    struct buf frame;
    buf_init(&frame);
    if (industry_encode(fields, COUNT(fields), &style, &frame) == 0 && !frame.failed)
        say(peer, frame.data, frame.length);
    buf_free(&frame);
}

/* What the input says, as a frame with the right check byte. */
static void say_frame(struct peer *peer, struct tape *tape)
{
    uint8_t frame[200];
    const uint8_t *piece;
    size_t length = take_piece(tape, sizeof(frame) - 4, &piece);
    frame[0] = INDUSTRY_STX;
    frame[1] = INDUSTRY_SEPARATOR;
    if (length)
        memcpy(frame + 2, piece, length);
    frame[length + 2] = INDUSTRY_ETX;
    frame[length + 3] = industry_check(frame + 1, length + 2);
    say(peer, frame, length + 4);
}

static void say_anything(struct peer *peer, struct tape *tape)
{
    const uint8_t *piece;
    size_t length = take_piece(tape, 255, &piece);
    say(peer, piece, length);
}

static void say_error(struct peer *peer, struct tape *tape)
{
    static const char *const codes[] = {"ES", "EN", "EP", "TD", "EF", "EO", "EG", "ET", "E0", "XX", "CN", "CC", "LM"};
    static const char *const texts[] = {"", "in use", "1", "guest \xE9"};
    uint8_t choice = take(tape);
    say_fields(peer, codes[choice % COUNT(codes)], choice & 0x80 ? "" : peer->id, texts[choice / 16 % COUNT(texts)]);
}

/* ---- What the host does ----------------------------------------------------------------------------------------- */

static void fill_request(kc_request *request, struct tape *tape)
{
    static const char *const bookings[] = {"4711", "4712", ""}, *const rooms[] = {"101", "102", "\xC3\x84", "9"};
    static const char *const encoders[] = {"Desk 1", "Desk 2", ""}, *const stations[] = {"desk-1", "desk-2", ""};
    static const char *const untils[] = {"2026-06-18", "2026-10-25T02:30", "2026-06-15T12:07", "2099-12-31"};
    static const char *const names[] = {guest_secret, "", "Zo\xC3\xAB \xF0\x9F\x94\x91"};
    static const char *const keys[] = {"", "", "a", "b"}, *const areas[] = {"12", "spa", "63"};
    char text[64];
    kc_request_set_booking(request, take_text(tape, bookings, COUNT(bookings), text));
    kc_request_add_room(request, take_text(tape, rooms, COUNT(rooms), text));
    kc_request_set_encoder(request, take_text(tape, encoders, COUNT(encoders), text));
    kc_request_set_station(request, take_text(tape, stations, COUNT(stations), text));
    kc_request_set_validity(request, NULL, take_text(tape, untils, COUNT(untils), text));
    uint8_t more = take(tape);
    if (more & 1) {
        kc_request_set_copies(request, 1 + take(tape) % 9);
        kc_request_add_area(request, take_text(tape, areas, COUNT(areas), text));
        kc_request_set_text(request, 1 + take(tape) % 3, take_text(tape, names, COUNT(names), text));
    }
    if (more & 2)
        kc_request_set_phone(request, phone_secret);
    if (more & 4)
        kc_request_set_idempotency_key(request, take_text(tape, keys, COUNT(keys), text));
    if (more & 8) {
        kc_request_set_operator(request, take_text(tape, names, COUNT(names), text));
        kc_request_set_message(request, take_text(tape, names, COUNT(names), text));
        kc_request_set_guest(request, take_text(tape, names, COUNT(names), text));
    }
    if (more & 16)
        kc_request_set_system(request, more & 32 ? "one" : "two");
    if (more & 64)
        kc_request_clear_rooms(request);
    kc_request_set_return_image(request, more >> 7);
}

static void start(struct world *world, struct tape *tape)
{
    typedef int32_t (*verb)(kc_request *, kc_op **);
    static const verb verbs[] = {kc_issue_original, kc_issue_duplicate, kc_reissue,   kc_issue_one_shot,
                                 kc_send_mobile,    kc_read_card,       kc_check_out, kc_modify_stay};
    uint8_t choice = take(tape);
    kc_request *request;
    kc_op *op;
    if (world->op_count >= OPS_AT_MOST)
        return;
    REQUIRE(kc_request_new(world->site, &request) == KC_OK);
    fill_request(request, tape);
    if (choice % 9 < 8)
        REQUIRE(verbs[choice % 9](request, &op) == KC_OK);
    else
        REQUIRE(kc_cancel_key(request, world->op_count ? kc_op_get_id(world->ops[0].op) : "x", &op) == KC_OK);
    follow(world, op);
    kc_request_unref(request);
}

static void ask_ledger(struct world *world, struct tape *tape)
{
    kc_op *op = NULL;
    uint8_t choice = take(tape);
    if (world->op_count >= OPS_AT_MOST)
        return;
    if (choice % 5 == 0)
        REQUIRE(kc_site_discover(world->site, &op) == KC_OK);
    else if (choice % 5 == 1)
        REQUIRE(kc_list_keys(world->site, choice / 5 % 7, "4711", choice % 3, &op) == KC_OK);
    else if (choice % 5 == 2)
        REQUIRE(kc_list_ops(world->site, choice / 5 % 7, "4712", 0, &op) == KC_OK);
    else if (choice % 5 == 3)
        REQUIRE(kc_forget_guest(world->site, "4711", &op) == KC_OK);
    else
        REQUIRE(kc_find_op(world->site, world->op_count ? kc_op_get_id(world->ops[0].op) : "", &op) == KC_OK);
    follow(world, op);
}

static void change(struct world *world, struct tape *tape, uint8_t what)
{
    uint8_t choice = take(tape);
    if (!world->op_count)
        return;
    kc_op *op = world->ops[choice % world->op_count].op, *next = NULL;
    if (what == 0)
        REQUIRE(kc_op_cancel(op) == KC_OK);
    else if (what == 1)
        kc_op_answer(op, choice >> 7);
    else if (world->op_count >= OPS_AT_MOST)
        return;
    else if (what == 2)
        REQUIRE(kc_op_retry(op, &next) == KC_OK);
    else {
        int32_t how = take(tape) % 5;
        world->clerk_said |= how == KC_RESOLVE_OPENS;
        REQUIRE(kc_op_resolve(op, how, "Ann", &next) == KC_OK);
    }
    if (next)
        follow(world, next);
}

static void let_time_pass(struct tape *tape)
{
    static const int64_t steps[] = {1, 200, 2000, 5000, 30000, 60000, 600000};
    elapsed_ms += steps[take(tape) % COUNT(steps)];
}

static void act(struct world *world, struct tape *tape)
{
    uint8_t action = take(tape);
    struct peer *peer = &world->peers[(action >> 7) % world->systems];
    switch (action % 16) {
    case 0:
    case 1:
        start(world, tape);
        return;
    case 2:
        ask_ledger(world, tape);
        return;
    case 3:
    case 4:
    case 5:
    case 6:
        change(world, tape, action % 16 - 3);
        return;
    case 7:
        let_time_pass(tape);
        return;
    case 8:
        hang_up(peer);
        return;
    case 9:
        plug_in(peer);
        return;
    case 10:
        say_byte(peer, INDUSTRY_ACK);
        return;
    case 11:
        say_byte(peer, INDUSTRY_NAK);
        return;
    case 12:
        say_fields(peer, peer->command, peer->id, "04A1B2C3");
        return;
    case 13:
        say_error(peer, tape);
        return;
    case 14:
        say_frame(peer, tape);
        return;
    default:
        say_anything(peer, tape);
        return;
    }
}

static void run(struct world *world)
{
    for (int i = 0; i < 2; i++) {
        REQUIRE(kc_context_dispatch(world->context) == KC_OK);
        for (size_t k = 0; k < world->systems; k++)
            listen_to(&world->peers[k]);
        take_events(world);
        check_requests(world);
    }
}

/* ---- Beginning and end ------------------------------------------------------------------------------------------ */

static void open_system(struct world *world, const char *name, uint8_t how)
{
    struct peer *peer = &world->peers[world->systems++];
    REQUIRE(kc_system_new(world->site, name, "salto+fd:?mobile=on&modify-stay=on&cancel-key=on", &peer->system) ==
            KC_OK);
    if (how & 1)
        kc_system_set_option(peer->system, "requests-in-flight", "per-encoder");
    if (how & 2)
        kc_system_set_option(peer->system, "enquiry", how & 4 ? "always" : "never");
    if (how & 8)
        kc_system_set_option(peer->system, "require-acknowledge", "yes");
    if (how & 16)
        kc_system_set_option(peer->system, "mobile-image", "on");
    if (how & 32)
        kc_system_set_option(peer->system, "connection", "per-request");
    if (how & 64)
        kc_system_set_option(peer->system, "code-page", "latin1");
    if (how & 128)
        kc_system_add_encoder(peer->system, "Desk 1");
    peer->fd = -1;
    industry_decoder_init(&peer->decoder, 0, false);
    plug_in(peer);
}

static void open_world(struct world *world, struct tape *tape)
{
    static const char *const second[] = {"warn", "confirm", "refuse"};
    uint8_t how = take(tape);
    memset(world, 0, sizeof(*world));
    elapsed_ms = 0;
    random_state = 1;
    REQUIRE(kc_context_new(&world->context) == KC_OK);
    if (how & 1)
        kc_context_set_log(world->context, on_log, NULL, KC_LOG_DEBUG);
    if (how & 2)
        kc_context_set_ledger(world->context, "none:");
    REQUIRE(kc_site_new(world->context, "Fuzz", &world->site) == KC_OK);
    if (how & 4)
        kc_site_set_time_zone(world->site, "Europe/Sofia");
    kc_site_set_policy(world->site, "second-original", second[how / 8 % 3]);
    open_system(world, "one", take(tape));
    if (how & 32)
        open_system(world, "two", take(tape));
}

static bool all_done(const struct world *world)
{
    for (size_t i = 0; i < world->op_count; i++)
        if (!world->ops[i].done)
            return false;
    return true;
}

/* The lock systems fall silent and the clerk says no: everything must come to its end. */
static void finish_all(struct world *world)
{
    size_t rounds = 0;
    for (run(world); !all_done(world); run(world)) {
        REQUIRE(++rounds < ROUNDS_AT_MOST);
        for (size_t i = 0; i < world->op_count; i++)
            if (!world->ops[i].done)
                kc_op_answer(world->ops[i].op, KC_ANSWER_NO);
        elapsed_ms += 60000;
    }
}

/* What is unknown stands in the ledger as unresolved, once. */
static void check_ledger(struct world *world)
{
    kc_op *list;
    REQUIRE(kc_list_ops(world->site, KC_FILTER_UNRESOLVED, NULL, 0, &list) == KC_OK);
    size_t own = world->op_count;
    follow(world, list);
    finish_all(world);
    REQUIRE(kc_op_get_status(list) == KC_OK);
    for (size_t i = 0; i < own; i++) {
        kc_op *op = world->ops[i].op;
        size_t found = 0;
        for (int32_t k = 0; k < kc_op_get_op_count(list); k++)
            found += strcmp(kc_op_get_id(kc_op_get_op(list, k)), kc_op_get_id(op)) == 0;
        REQUIRE(found <= 1);
        int32_t outcome = kc_op_get_outcome(op);
        if (outcome == KC_OUTCOME_WRITTEN || outcome == KC_OUTCOME_NOT_WRITTEN)
            REQUIRE(found == 0 || kc_op_is_replay(op));
    }
}

static void close_world(struct world *world)
{
    for (size_t i = 0; i < world->op_count; i++)
        kc_op_unref(world->ops[i].op);
    kc_context_unref(world->context);
    kc_site_unref(world->site);
    for (size_t i = 0; i < world->systems; i++) {
        kc_system_unref(world->peers[i].system);
        hang_up(&world->peers[i]);
        industry_decoder_free(&world->peers[i].decoder);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tape tape = {data, size};
    static struct world world;
    /* libFuzzer learns the secrets from comparisons and writes them into rooms and stations, which may be logged. */
    if (memmem(data, size, guest_secret, strlen(guest_secret)) ||
        memmem(data, size, phone_secret + 4, strlen(phone_secret + 4)))
        return 0;
    uint8_t end = take(&tape);
    open_world(&world, &tape);
    while (tape.left) {
        act(&world, &tape);
        run(&world);
    }
    if (end % 4 != 3) { /* else the context ends in the middle of it */
        finish_all(&world);
        check_ledger(&world);
    }
    close_world(&world);
    return 0;
}
