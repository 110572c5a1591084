/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations to be counted, one after the other in one process, with the ledger off: instructions.py runs this under
 * callgrind. The other end of the wire is in here too, in the function answer_request(), which is left out there.
 *
 *     bench_instructions virtual|salto|salto-stays|bare COUNT
 *
 * salto-stays names another stay before each operation, in the function name_stay(), which is left out, too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lock_side.h"

__attribute__((noinline)) void answer_request(int fd);
__attribute__((noinline)) void answer_request(int fd)
{
    NEED(lock_side_serve(fd));
}

__attribute__((noinline)) void name_stay(struct bench_host *host, uint32_t number);
__attribute__((noinline)) void name_stay(struct bench_host *host, uint32_t number)
{
    bench_host_next_stay(host, number);
}

static void issue_over_wire(struct bench_host *host, int fd)
{
    kc_op *op;
    NEED(kc_issue_original(host->request, &op) == KC_OK);
    if (kc_op_get_state(op) == KC_STATE_CONNECTING) { /* the first one */
        NEED(kc_context_dispatch(host->context) == KC_OK);
    }
    answer_request(fd);
    while (kc_op_get_state(op) != KC_STATE_DONE) {
        NEED(kc_context_wait(host->context, 60000) == 1);
        NEED(kc_context_dispatch(host->context) == KC_OK);
    }
    NEED(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN);
    bench_host_take_events(host);
    kc_op_unref(op);
}

static void exchange_bare(int fd, int peer)
{
    static struct bench_frame request;
    uint8_t bytes[256];
    size_t count = 0;
    if (!request.count)
        request = bench_frame_request();
    NEED(send(fd, request.bytes, request.count, MSG_NOSIGNAL) == (ssize_t)request.count);
    answer_request(peer);
    while (count < 4 || bytes[count - 2] != 0x03) {
        ssize_t got = recv(fd, bytes + count, sizeof(bytes) - count, 0);
        NEED(got > 0);
        count += (size_t)got;
    }
}

int main(int argc, char **argv)
{
    struct bench_host host = {0};
    int pair[2];
    NEED(argc == 3 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    bool is_virtual = strcmp(argv[1], "virtual") == 0, stays = strcmp(argv[1], "salto-stays") == 0;
    bool is_salto = stays || strcmp(argv[1], "salto") == 0;
    unsigned long count = strtoul(argv[2], NULL, 10);
    if (is_virtual || is_salto)
        bench_host_open(&host, "none:", is_virtual ? "virtual:" : "salto+fd:");
    if (is_virtual)
        NEED(kc_system_add_encoder(host.system, BENCH_ENCODER) == KC_OK);
    if (is_virtual)
        NEED(kc_system_set_option(host.system, "encoders", BENCH_ENCODER) == KC_OK);
    if (is_salto)
        NEED(kc_system_adopt_fd(host.system, pair[0]) == KC_OK);
    for (unsigned long i = 0; i < count; i++) {
        if (stays)
            name_stay(&host, (uint32_t)i);
        if (is_virtual)
            bench_host_issue(&host);
        else if (is_salto)
            issue_over_wire(&host, pair[1]);
        else
            exchange_bare(pair[0], pair[1]);
    }
    bench_host_close(&host);
    close(pair[1]);
    return 0;
}
