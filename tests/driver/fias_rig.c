/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A site and lock systems that dial in; see fias_rig.h. */
#include "fias_rig.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const char *const fias_usual[] = {"RIKR|FLWSKCRNKTG#GAGDDTGN", "RIKD|FLWSKCRNG#", "RIKA|FLASCTKCWSG#", NULL};

/* ---- The site ---------------------------------------------------------------------------------------------------- */

static void note_address(void *user, int32_t level, const char *domain, const char *message)
{
    struct fias_rig *rig = user;
    const char *at = strstr(message, "listening at ");
    (void)level;
    (void)domain;
    if (at)
        snprintf(rig->where, sizeof(rig->where), "%s", at + strlen("listening at "));
}

static void open_ledger(struct fias_rig *rig, bool file)
{
    char ledger[100] = "memory:";
    if (file) {
        snprintf(rig->folder, sizeof(rig->folder), "/tmp/keycard-fias-XXXXXX");
        assert_non_null(mkdtemp(rig->folder));
        snprintf(ledger, sizeof(ledger), "sqlite:%s/keys.db", rig->folder);
    }
    assert_int_equal(kc_context_set_ledger(rig->context, ledger), KC_OK);
}

void fias_rig_turn(struct fias_rig *rig)
{
    kc_context_wait(rig->context, 5);
    assert_int_equal(kc_context_dispatch(rig->context), KC_OK);
    for (kc_event *event; (event = kc_context_next_event(rig->context));) {
        rig->done += kc_event_get_type(event) == KC_EVENT_DONE;
        kc_event_unref(event);
    }
}

void fias_rig_open(struct fias_rig *rig, bool file, const char *const *options)
{
    kc_op *op;
    memset(rig, 0, sizeof(*rig));
    assert_int_equal(kc_context_new(&rig->context), KC_OK);
    kc_context_set_log(rig->context, note_address, rig, KC_LOG_INFO);
    open_ledger(rig, file);
    assert_int_equal(kc_site_new(rig->context, "Hotel", &rig->site), KC_OK);
    assert_int_equal(kc_system_new(rig->site, "locks", "fias+listen:0", &rig->system), KC_OK);
    assert_int_equal(kc_system_set_option(rig->system, "connect-timeout", "60000"), KC_OK);
    assert_int_equal(kc_system_set_option(rig->system, "late-answer", "0"), KC_OK);
    for (; options && options[0]; options += 2)
        assert_int_equal(kc_system_set_option(rig->system, options[0], options[1]), KC_OK);
    assert_int_equal(kc_site_discover(rig->site, &op), KC_OK);
    while (!*rig->where)
        fias_rig_turn(rig);
    kc_op_cancel(op);
    kc_op_unref(op);
}

static void remove_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries))
        unlinkat(dirfd(entries), entry->d_name, 0); /* not the folder itself and the one above */
    closedir(entries);
    assert_int_equal(rmdir(folder), 0);
}

void fias_rig_close(struct fias_rig *rig)
{
    kc_system_unref(rig->system);
    kc_site_unref(rig->site);
    kc_context_unref(rig->context);
    if (*rig->folder)
        remove_folder(rig->folder);
}

/* ---- Those who dial in ------------------------------------------------------------------------------------------- */

void fias_peer_dial(struct fias_rig *rig, struct fias_peer *peer)
{
    const char *colon = strrchr(rig->where, ':');
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    assert_non_null(colon);
    address.sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
    memset(peer, 0, sizeof(*peer));
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(peer->fd >= 0);
    assert_int_equal(connect(peer->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
}

void fias_peer_close(struct fias_peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
}

void fias_peer_send(struct fias_peer *peer, const void *bytes, size_t count)
{
    assert_int_equal(send(peer->fd, bytes, count, MSG_NOSIGNAL), (ssize_t)count);
}

void fias_peer_say(struct fias_peer *peer, const char *record)
{
    char frame[2100];
    int length = snprintf(frame, sizeof(frame), "\x02%s\x03", record);
    assert_true(length > 0 && (size_t)length < sizeof(frame));
    fias_peer_send(peer, frame, (size_t)length);
}

/* True: closed. */
static bool take_bytes(struct fias_peer *peer)
{
    ssize_t got = recv(peer->fd, peer->bytes + peer->length, sizeof(peer->bytes) - peer->length, MSG_DONTWAIT);
    if (got > 0)
        peer->length += (size_t)got;
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

const char *fias_peer_hear(struct fias_rig *rig, struct fias_peer *peer)
{
    static char record[2100];
    for (int64_t waited = 0; waited < FIAS_RIG_WAIT_MS; waited++) {
        char *end = memchr(peer->bytes, 3, peer->length);
        if (end) {
            size_t length = (size_t)(end - peer->bytes);
            assert_true(length >= 1 && length < sizeof(record) && peer->bytes[0] == 2);
            memcpy(record, peer->bytes + 1, length - 1);
            record[length - 1] = '\0';
            peer->length -= length + 1;
            memmove(peer->bytes, end + 1, peer->length);
            return record;
        }
        if (take_bytes(peer)) {
            record[0] = '\0';
            return record;
        }
        if (!memchr(peer->bytes, 3, peer->length))
            fias_rig_turn(rig);
    }
    fail_msg("nothing was said");
    return NULL;
}

const char *fias_peer_hear_request(struct fias_rig *rig, struct fias_peer *peer)
{
    const char *record;
    do
        record = fias_peer_hear(rig, peer);
    while (record[0] == 'G');
    return record;
}

void fias_peer_start(struct fias_rig *rig, struct fias_peer *peer, const char *const *declared)
{
    fias_peer_dial(rig, peer);
    assert_memory_equal(fias_peer_hear(rig, peer), "LS|", 3);
    fias_peer_say(peer, "LD|DA260115|TI093001|V#1.0|IFDL|");
    for (; *declared; declared++) {
        char record[400];
        snprintf(record, sizeof(record), "LR|%s|", *declared);
        fias_peer_say(peer, record);
    }
    fias_peer_say(peer, "LA|DA260115|TI093001|");
    assert_memory_equal(fias_peer_hear(rig, peer), "LA|", 3);
}

/* ---- Keys -------------------------------------------------------------------------------------------------------- */

kc_op *fias_rig_ask(struct fias_rig *rig, int32_t (*verb)(kc_request *, kc_op **), const char *booking,
                    const char *room, const char *guest)
{
    kc_request *request;
    kc_op *op;
    assert_int_equal(kc_request_new(rig->site, &request), KC_OK);
    assert_int_equal(kc_request_set_system(request, "locks"), KC_OK);
    assert_int_equal(kc_request_set_booking(request, booking), KC_OK);
    assert_int_equal(kc_request_add_room(request, room), KC_OK);
    assert_int_equal(kc_request_set_guest(request, guest), KC_OK);
    assert_int_equal(kc_request_set_station(request, "desk"), KC_OK);
    if (verb != kc_check_out)
        assert_int_equal(kc_request_set_encoder(request, "1"), KC_OK);
    assert_int_equal(kc_request_set_validity(request, NULL, "2060-06-18T11:30"), KC_OK);
    assert_int_equal(verb(request, &op), KC_OK);
    kc_request_unref(request);
    return op;
}

static void copy_field(const char *record, const char *id, char *out, size_t size)
{
    char mark[5];
    snprintf(mark, sizeof(mark), "|%s", id);
    const char *at = strstr(record, mark);
    snprintf(out, size, "%.*s", at ? (int)strcspn(at + 3, "|") : 0, at ? at + 3 : "");
}

void fias_peer_answer(struct fias_peer *peer, const char *request, const char *status)
{
    char coder[20], station[20], number[20], answer[120];
    copy_field(request, "KC", coder, sizeof(coder));
    copy_field(request, "WS", station, sizeof(station));
    copy_field(request, "G#", number, sizeof(number));
    snprintf(answer, sizeof(answer), "KA|AS%s|KC%s|WS%s|G#%s|", status, coder, station, number);
    fias_peer_say(peer, answer);
}

void fias_rig_expect(struct fias_rig *rig, kc_op *op, int32_t status, int32_t outcome)
{
    for (int i = 0; kc_op_get_state(op) != KC_STATE_DONE && i < FIAS_RIG_WAIT_MS; i++)
        fias_rig_turn(rig);
    assert_int_equal(kc_op_get_state(op), KC_STATE_DONE);
    if (kc_op_get_status(op) != status)
        print_error("%s\n", kc_error_get_message(kc_op_get_error(op)));
    assert_int_equal(kc_op_get_status(op), status);
    assert_int_equal(kc_op_get_outcome(op), outcome);
    kc_op_unref(op);
}

void fias_rig_make(struct fias_rig *rig, struct fias_peer *peer, int32_t (*verb)(kc_request *, kc_op **),
                   const char *booking, const char *room, const char *guest)
{
    kc_op *op = fias_rig_ask(rig, verb, booking, room, guest);
    fias_peer_answer(peer, fias_peer_hear_request(rig, peer), "OK");
    fias_rig_expect(rig, op, KC_OK, KC_OUTCOME_WRITTEN);
}
