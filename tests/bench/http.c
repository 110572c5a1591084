/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One original on Saflok's web service (LENS) over HTTP through the public API, ledger off, against libcurl alone with
 * the same bytes: the same header lines and body, recorded from the library's own request. Both keep their connection,
 * take turns within one run on one core, and talk to the same server, which answers with the same bytes.
 *
 *     bench_http                      measures
 *     bench_http --only NAME COUNT    runs one of them COUNT times, to be counted by valgrind or strace */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lock_side.h"

enum { ROUNDS = 3000, WARM_UP = 200, REQUEST_MOST = 65536, ANSWER_MOST = 65536 };

/* ---- The server: an own process, as little as can answer ----------------------------------------------------------
 */

/* The last request that came, for the contestants to repeat. */
struct recorded {
    size_t head, whole; /* bytes of the header, of all */
    char bytes[REQUEST_MOST];
};
static struct recorded *recorded;

static void answer(int fd, const char *bytes)
{
    char operation[80], body[1024], reply[2048];
    NEED(sscanf(strstr(bytes, "http://tempuri.org/") + 19, "%79[A-Za-z0-9]", operation) == 1);
    bool hello = strcmp(operation, "HelloWorldTest") == 0;
    int length = snprintf(
        body, sizeof(body),
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
        "<s:Body><%sResponse xmlns=\"http://tempuri.org\"><%sResult>%s</%sResult></%sResponse></s:Body></s:Envelope>",
        operation, operation,
        hello ? "hello"
              : "<CMessengerResponse xmlns=\"\"><bSuccess xmlns=\"http://tempuri.org\">true</bSuccess>"
                "<ResponseCode xmlns=\"http://tempuri.org\">0</ResponseCode>"
                "<ResponseMessage xmlns=\"http://tempuri.org\">Success</ResponseMessage>"
                "<retAccessKey xmlns=\"http://tempuri.org\"></retAccessKey></CMessengerResponse>",
        operation, operation);
    int count = snprintf(reply, sizeof(reply),
                         "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/xml; charset=utf-8\r\n"
                         "Content-Length: %d\r\n\r\n%s",
                         length, body);
    NEED(count > 0 && send(fd, reply, (size_t)count, MSG_NOSIGNAL) == count);
}

struct connection {
    size_t count;
    char bytes[REQUEST_MOST + 1];
};

/* False: closed. */
static bool serve(int fd, struct connection *connection)
{
    ssize_t got = recv(fd, connection->bytes + connection->count, REQUEST_MOST - connection->count, 0);
    if (got <= 0)
        return false;
    connection->count += (size_t)got;
    connection->bytes[connection->count] = '\0';
    const char *end = strstr(connection->bytes, "\r\n\r\n");
    const char *length = end ? strcasestr(connection->bytes, "\r\nContent-Length:") : NULL;
    if (!length || connection->count < (size_t)(end + 4 - connection->bytes) + strtoul(length + 17, NULL, 10))
        return true;
    recorded->head = (size_t)(end + 4 - connection->bytes);
    recorded->whole = connection->count;
    memcpy(recorded->bytes, connection->bytes, connection->count);
    answer(fd, connection->bytes);
    connection->count = 0;
    return true;
}

static void serve_all(int listener)
{
    static struct connection connections[16];
    struct pollfd entries[16] = {{.fd = listener, .events = POLLIN}};
    nfds_t count = 1;
    const int on = 1;
    for (;;) {
        NEED(poll(entries, count, -1) > 0);
        for (nfds_t i = 1; i < count; i++)
            if (entries[i].revents && !serve(entries[i].fd, &connections[i])) {
                close(entries[i].fd);
                entries[i].fd = -1;
            }
        if (!(entries[0].revents & POLLIN))
            continue;
        int fd = accept(listener, NULL, NULL);
        NEED(fd >= 0 && count < sizeof(entries) / sizeof(entries[0]));
        NEED(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
        entries[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
}

static pid_t server_start(uint16_t *port)
{
    recorded = mmap(NULL, sizeof(*recorded), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NEED(recorded != MAP_FAILED);
    return lock_side_fork(serve_all, port);
}

/* ---- libcurl alone ------------------------------------------------------------------------------------------------
 */

struct contestant {
    const char *name;
    void (*run)(struct contestant *contestant);
    struct bench_host host; /* of the library */
    CURL *easy;
    CURLM *multi;
    int epoll_fd, running;
    bool done;
    struct curl_slist *fields;
    char *body;
    size_t reply_size;
    char reply[ANSWER_MOST];
    double *micros;
    size_t count;
};

static size_t take_reply(char *bytes, size_t size, size_t count, void *user)
{
    struct contestant *contestant = user;
    NEED(contestant->reply_size + size * count <= ANSWER_MOST);
    memcpy(contestant->reply + contestant->reply_size, bytes, size * count);
    contestant->reply_size += size * count;
    return size * count;
}

/* Header lines that libcurl does not make itself, and the body. */
static void repeat_recorded(struct contestant *contestant)
{
    const char *line = strstr(recorded->bytes, "\r\n") + 2, *end = recorded->bytes + recorded->head - 2;
    while (line < end) {
        size_t length = (size_t)(strstr(line, "\r\n") - line);
        char field[1024];
        NEED(length < sizeof(field));
        memcpy(field, line, length);
        field[length] = '\0';
        if (strncasecmp(field, "Host:", 5) != 0 && strncasecmp(field, "Content-Length:", 15) != 0)
            contestant->fields = curl_slist_append(contestant->fields, field);
        line += length + 2;
    }
    contestant->fields = curl_slist_append(contestant->fields, "Expect:");
    size_t size = recorded->whole - recorded->head;
    contestant->body = malloc(size);
    NEED(contestant->body);
    memcpy(contestant->body, recorded->bytes + recorded->head, size);
    CURL *easy = contestant->easy;
    NEED(curl_easy_setopt(easy, CURLOPT_HTTPHEADER, contestant->fields) == CURLE_OK);
    NEED(curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size) == CURLE_OK);
    NEED(curl_easy_setopt(easy, CURLOPT_POSTFIELDS, contestant->body) == CURLE_OK);
}

static void open_easy(struct contestant *contestant, const char *url)
{
    NEED((contestant->easy = curl_easy_init()) != NULL);
    CURL *easy = contestant->easy;
    NEED(curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK);
    NEED(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK);
    NEED(curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK);
    NEED(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_reply) == CURLE_OK);
    NEED(curl_easy_setopt(easy, CURLOPT_WRITEDATA, contestant) == CURLE_OK);
    repeat_recorded(contestant);
}

static void check_reply(struct contestant *contestant)
{
    long status = 0;
    NEED(curl_easy_getinfo(contestant->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 200);
    NEED(memmem(contestant->reply, contestant->reply_size, ">true<", 6));
    contestant->reply_size = 0;
}

static void run_easy(struct contestant *contestant)
{
    NEED(curl_easy_perform(contestant->easy) == CURLE_OK);
    check_reply(contestant);
}

/* The same as a program does it that has an event loop. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
    struct contestant *contestant = user;
    struct epoll_event event = {.data.fd = fd};
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    (void)easy;
    int action = what == CURL_POLL_REMOVE ? EPOLL_CTL_DEL : known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    NEED(epoll_ctl(contestant->epoll_fd, action, fd, &event) == 0);
    curl_multi_assign(contestant->multi, fd, what == CURL_POLL_REMOVE ? NULL : contestant);
    return 0;
}

static void run_multi(struct contestant *contestant)
{
    NEED(curl_multi_add_handle(contestant->multi, contestant->easy) == CURLM_OK);
    NEED(curl_multi_socket_action(contestant->multi, CURL_SOCKET_TIMEOUT, 0, &contestant->running) == CURLM_OK);
    while (contestant->running) {
        struct epoll_event event;
        int got = epoll_wait(contestant->epoll_fd, &event, 1, 60000);
        NEED(got == 1);
        int flags = (event.events & EPOLLIN ? CURL_CSELECT_IN : 0) | (event.events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
        NEED(curl_multi_socket_action(contestant->multi, event.data.fd, flags, &contestant->running) == CURLM_OK);
    }
    int left;
    CURLMsg *message = curl_multi_info_read(contestant->multi, &left);
    NEED(message && message->msg == CURLMSG_DONE && message->data.result == CURLE_OK);
    NEED(curl_multi_remove_handle(contestant->multi, contestant->easy) == CURLM_OK);
    check_reply(contestant);
}

static void open_multi(struct contestant *contestant, const char *url)
{
    open_easy(contestant, url);
    NEED((contestant->multi = curl_multi_init()) != NULL);
    NEED((contestant->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) >= 0);
    NEED(curl_multi_setopt(contestant->multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK);
    NEED(curl_multi_setopt(contestant->multi, CURLMOPT_SOCKETDATA, contestant) == CURLM_OK);
}

/* ---- The library, and the run --------------------------------------------------------------------------------------
 */

static void run_library(struct contestant *contestant)
{
    bench_host_issue(&contestant->host);
}

static void close_contestant(struct contestant *contestant)
{
    if (contestant->host.context)
        bench_host_close(&contestant->host);
    curl_multi_cleanup(contestant->multi);
    curl_easy_cleanup(contestant->easy);
    curl_slist_free_all(contestant->fields);
    if (contestant->multi)
        close(contestant->epoll_fd);
    free(contestant->body);
    free(contestant->micros);
}

static void run_once(struct contestant *contestant, uint32_t number, bool counts)
{
    if (contestant->host.context)
        bench_host_next_stay(&contestant->host, number);
    int64_t start = bench_now_ns();
    contestant->run(contestant);
    if (counts)
        contestant->micros[contestant->count++] = (double)(bench_now_ns() - start) / 1000;
}

/* Of one to another in the same round. Before the times are sorted. */
struct spread {
    double median, low, high;
};

static struct spread compare(const struct contestant *one, const struct contestant *other)
{
    static double ratios[ROUNDS];
    for (size_t i = 0; i < one->count; i++)
        ratios[i] = one->micros[i] / other->micros[i];
    return (struct spread){bench_percentile(ratios, one->count, 50), bench_percentile(ratios, one->count, 10),
                           bench_percentile(ratios, one->count, 90)};
}

static void report(struct contestant *all, size_t count)
{
    struct spread easy[3], multi[3];
    for (size_t i = 0; i < count; i++) {
        easy[i] = compare(&all[i], &all[0]);
        multi[i] = compare(&all[i], &all[1]);
    }
    for (size_t i = 0; i < count; i++)
        printf("{\"benchmark\":\"http\",\"name\":\"%s\",\"runs\":%zu,\"median_us\":%.2f,\"p10_us\":%.2f,"
               "\"p90_us\":%.2f,\"ratio_easy\":%.3f,\"ratio_easy_p10\":%.3f,\"ratio_easy_p90\":%.3f,"
               "\"ratio_multi\":%.3f,\"ratio_multi_p10\":%.3f,\"ratio_multi_p90\":%.3f}\n",
               all[i].name, all[i].count, bench_percentile(all[i].micros, all[i].count, 50),
               bench_percentile(all[i].micros, all[i].count, 10), bench_percentile(all[i].micros, all[i].count, 90),
               easy[i].median, easy[i].low, easy[i].high, multi[i].median, multi[i].low, multi[i].high);
}

int main(int argc, char **argv)
{
    static struct contestant all[] = {
        {.name = "curl-easy", .run = run_easy},
        {.name = "curl-multi", .run = run_multi},
        {.name = "library", .run = run_library},
    };
    const size_t count = sizeof(all) / sizeof(all[0]);
    char url[64], uri[80];
    uint16_t port;
    bench_pin();
    pid_t process = server_start(&port);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/MessengerPMSWS.asmx", port);
    snprintf(uri, sizeof(uri), "saflok+%s", url);
    NEED(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    bench_host_open(&all[2].host, "none:", uri);
    bench_host_issue(&all[2].host); /* records the request for the others */
    open_easy(&all[0], url);
    open_multi(&all[1], url);
    for (size_t i = 0; i < count; i++)
        NEED((all[i].micros = calloc(ROUNDS, sizeof(double))) != NULL);
    if (argc == 4 && strcmp(argv[1], "--only") == 0) {
        for (size_t i = 0; i < count; i++)
            for (unsigned long n = strtoul(argv[3], NULL, 10); n > 0 && strcmp(all[i].name, argv[2]) == 0; n--)
                run_once(&all[i], (uint32_t)n, false);
    } else {
        for (uint32_t round = 0; round < WARM_UP + ROUNDS; round++)
            for (size_t i = 0; i < count; i++)
                run_once(&all[(i + round) % count], round, round >= WARM_UP);
        report(all, count);
    }
    for (size_t i = 0; i < count; i++)
        close_contestant(&all[i]);
    lock_side_stop(process);
    return 0;
}
