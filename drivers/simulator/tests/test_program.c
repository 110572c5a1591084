/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program keycard-sim: its first line, its end, its journal in a file, its answers to wrong options. Its path is in
 * the environment as KEYCARD_SIM. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "peer.h"

extern char **environ;

struct program {
    pid_t pid;
    FILE *output; /* standard output and error */
};

static struct program start(const char *const *arguments)
{
    struct program program;
    const char *argv[16] = {getenv("KEYCARD_SIM")};
    posix_spawn_file_actions_t actions;
    int ends[2];
    assert_non_null(argv[0]);
    for (size_t i = 0; arguments[i] != NULL; i++) {
        assert_true(i < 14);
        argv[i + 1] = arguments[i];
    }
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    assert_int_equal(posix_spawn(&program.pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    program.output = fdopen(ends[0], "r");
    assert_non_null(program.output);
    return program;
}

/* The exit status, and what it printed until then. */
static int finish(struct program *program, char *text, size_t size)
{
    int status;
    const size_t count = fread(text, 1, size - 1, program->output);
    text[count] = '\0';
    fclose(program->output);
    assert_int_equal(waitpid(program->pid, &status, 0), program->pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Reads the first line and returns the address in it. */
static void first_line(struct program *program, char address[128])
{
    char line[256];
    assert_non_null(fgets(line, sizeof line, program->output));
    assert_int_equal(sscanf(line, "keycard-sim: salto on %127s", address), 1);
    char expected[256];
    snprintf(expected, sizeof expected, "keycard-sim: salto on %s\n", address);
    assert_string_equal(line, expected);
}

static int connect_to(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned port = 0;
    assert_int_equal(sscanf(address, "127.0.0.1:%u", &port), 1);
    to.sin_port = htons((uint16_t)port);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static size_t count_lines(const char *path, const char *needle)
{
    char line[4096];
    size_t count = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        json_t *object = json_loads(line, 0, NULL);
        assert_non_null(object);
        json_decref(object);
        count += strstr(line, needle) != NULL ? 1 : 0;
    }
    fclose(file);
    return count;
}

static void runs_until_told_to_stop(void **state)
{
    static const int signals[] = {SIGTERM, SIGINT};
    char address[128], rest[256];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct program program = start((const char *const[]){"salto", NULL});
        first_line(&program, address);
        const int fd = connect_to(address);
        peer_ask(fd, "LT|1|E", "LT|1|LD");
        kill(program.pid, signals[i]);
        assert_int_equal(finish(&program, rest, sizeof rest), 0);
        assert_string_equal(rest, "");
        peer_expect_end(fd);
        close(fd);
    }
}

static void options_reach_the_simulator(void **state)
{
    char address[128], rest[256];
    (void)state;
    struct program program = start((const char *const[]){"--listen", "localhost:0", "--room", "101", "--room=102",
                                                         "salto", "--encoder", "2", "--fault", "twice@1", "--hand-ms",
                                                         "-1", NULL});
    first_line(&program, address);
    const int fd = connect_to(address);
    peer_ask(fd, "CN|2|R|101|||||||1100180626", "ED|2");
    peer_expect_frame(fd, "ED|2");
    peer_ask(fd, "CN|2|R|103|||||||1100180626", "TD|2");
    peer_ask(fd, "CN|3|R|102|||||||1100180626", "NC|3");
    kill(program.pid, SIGTERM);
    assert_int_equal(finish(&program, rest, sizeof rest), 0);
    close(fd);
}

static void pseudo_terminal(void **state)
{
    char address[128], rest[256];
    (void)state;
    struct program program = start((const char *const[]){"salto", "--pty", NULL});
    first_line(&program, address);
    const int fd = peer_open_terminal(address);
    peer_ask(fd, "LT|1|E", "LT|1|LD");
    close(fd);
    kill(program.pid, SIGTERM);
    assert_int_equal(finish(&program, rest, sizeof rest), 0);
}

/* The journal has the effect before the client has the answer: also after the hardest end of the program. */
static void journal_outlives_the_program(void **state)
{
    char directory[] = "/tmp/keycard-sim-test-XXXXXX", path[64], address[128];
    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/journal", directory);
    for (size_t i = 1; i <= 3; i++) {
        int status;
        struct program program = start((const char *const[]){"salto", "--journal", path, NULL});
        first_line(&program, address);
        const int fd = connect_to(address);
        peer_ask(fd, "CN|2|R|101|||||||1100180626", "CN|2");
        kill(program.pid, SIGKILL);
        assert_int_equal(waitpid(program.pid, &status, 0), program.pid);
        fclose(program.output);
        close(fd);
        assert_int_equal(count_lines(path, "{\"event\":\"request\""), i);
        assert_int_equal(count_lines(path, "\"kind\":\"original\""), i);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void full_disk(void **state)
{
    char address[128], rest[256];
    (void)state;
    struct program program = start((const char *const[]){"salto", "--journal", "/dev/full", NULL});
    first_line(&program, address);
    const int fd = connect_to(address);
    peer_send(fd, "CN|2|R|101|||||||1100180626");
    peer_expect_end(fd); /* no answer for what could not be written down */
    close(fd);
    assert_int_equal(finish(&program, rest, sizeof rest), 1);
    assert_non_null(strstr(rest, "cannot write the journal"));
}

static void full_disk_under_what_is_shown(void **state)
{
    (void)state;
    static const char *const shown[] = {"\"$KEYCARD_SIM\" --help >/dev/full", "\"$KEYCARD_SIM\" --version >/dev/full"};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        const int status = system(shown[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 1);
    }
}

static void wrong_use(void **state)
{
    static const struct {
        const char *arguments[6];
        int status;
        const char *message;
    } cases[] = {
        {{NULL}, 2, "which driver?"},
        {{"salt", NULL}, 2, "there is no simulator for \"salt\""},
        {{"salto", "more", NULL}, 2, "\"more\" is one word too many"},
        {{"salto", "--lisen", "x", NULL}, 2, "--lisen"},
        {{"salto", "--listen", NULL}, 2, "--listen"},
        {{"salto", "--fault", "nack", NULL}, 2, "did you mean \"nak\"?"},
        {{"salto", "--hand-ms", "soon", NULL}, 2, "not \"soon\""},
        {{"salto", "--hand-ms", "-2", NULL}, 2, "not \"-2\""},
        {{"salto", "--pty", "--listen", "127.0.0.1:0", NULL}, 2, "exclude each other"},
        {{"salto", "--listen", "127.0.0.1", NULL}, 1, "not of the form HOST:PORT"},
        {{"salto", "--listen", "::1:0", NULL}, 1, "not of the form HOST:PORT"},
        {{"salto", "--listen", "127.0.0.1:65536", NULL}, 1, "not of the form HOST:PORT"},
        {{"salto", "--room", "", NULL}, 1, "room \"\" is not a name"},
        {{"salto", "--journal", "/nonexistent/journal", NULL}, 1, "cannot open the journal"},
        {{"salto", "--path", "/service", NULL}, 1, "salto is not a service over HTTP"},
        {{"salto", "--fault", "html", NULL}, 1, "is for services over HTTP"},
        {{"salto", "--delivery-ms", "later", NULL}, 2, "--delivery-ms needs milliseconds"},
        {{"salto", "--copies-at-most", "-1", NULL}, 2, "not \"-1\""},
        {{"salto", "--image-bytes", "0", NULL}, 2, "from 1 to 4096, not \"0\""},
        {{"salto", "--image-bytes", "4097", NULL}, 2, "not \"4097\""},
        {{"salto", "--image-bytes", "1x", NULL}, 2, "not \"1x\""},
        {{"onity", "--image-bytes", "9", NULL}, 1, "onity returns no keys as bytes"},
        {{"salto", "--fault", "leaves", NULL}, 1, "is for devices"},
        {{"magstripe", "--fault", "leaves:2", NULL}, 1, "on which cards lie"},
        {{"contactless", "--fault", "leaves:0", NULL}, 2, "the number of a write from 1"},
        {{"--help", NULL}, 0, "--tls-certificate FILE"},
        {{"--help", NULL}, 0, "silent-before-ack"},
        {{"--version", NULL}, 0, "keycard-sim "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[8192];
        struct program program = start(cases[i].arguments);
        const int status = finish(&program, text, sizeof text);
        if (status != cases[i].status || strstr(text, cases[i].message) == NULL) {
            fail_msg("case %zu: status %d, and: %s", i, status, text);
        }
        assert_true(status != 2 || strstr(text, "usage: keycard-sim DRIVER") != NULL);
        assert_null(strstr(text, "keycard-sim: salto on"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_until_told_to_stop),
        cmocka_unit_test(options_reach_the_simulator),
        cmocka_unit_test(pseudo_terminal),
        cmocka_unit_test(journal_outlives_the_program),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(full_disk_under_what_is_shown),
        cmocka_unit_test(wrong_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
