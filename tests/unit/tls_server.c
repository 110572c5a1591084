/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting and ending the servers of openssl. */
#include "tls_server.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static pid_t start(const char *folder, const char *const *words, int output)
{
    pid_t process = fork();

    assert_true(process >= 0);
    if (process != 0)
        return process;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* also if the test fails half-way */
    if (folder != NULL && chdir(folder) != 0)
        _exit(126);
    if (output >= 0) {
        dup2(output, STDOUT_FILENO);
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(126);
    }
    execvp(words[0], (char *const *)(uintptr_t)words);
    _exit(127);
}

static void run(const char *const *words)
{
    int status = 0;
    pid_t process = start(NULL, words, -1);

    assert_int_equal(waitpid(process, &status, 0), process);
    assert_int_equal(status, 0);
}

void certificates_make(char folder[TLS_FOLDER_SIZE])
{
    const char *script = getenv("CERTIFICATES");
    const char *const words[] = {"sh", script, folder, NULL};

    assert_non_null(script);
    snprintf(folder, TLS_FOLDER_SIZE, "/tmp/keycard-certificates-XXXXXX");
    assert_non_null(mkdtemp(folder));
    run(words);
}

void certificates_remove(const char *folder)
{
    const char *const words[] = {"rm", "-r", folder, NULL};

    run(words);
}

void certificates_pin(const char *folder, const char *name, char out[60])
{
    char path[200];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s.pin", folder, name);
    file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(out, 60, file));
    out[strcspn(out, "\n")] = '\0';
    assert_int_equal(strlen(out), 44);
    fclose(file);
}

/* It says "ACCEPT 127.0.0.1:port" when it listens. */
static int read_port(int output)
{
    char line[200];
    size_t length = 0;

    while (length + 1 < sizeof line) {
        assert_int_equal(read(output, line + length, 1), 1);
        if (line[length] != '\n') {
            length++;
            continue;
        }
        line[length] = '\0';
        length = 0;
        if (strncmp(line, "ACCEPT ", 7) == 0)
            return atoi(strrchr(line, ':') + 1);
    }
    fail_msg("openssl did not tell its port");
    return 0;
}

void tls_server_start(struct tls_server *server, const char *folder, const char *name, const char *const *more)
{
    char certificate[60], key[60];
    const char *words[24] = {"openssl",   "s_server", "-accept", "127.0.0.1:0", "-www", "-cert",
                             certificate, "-key",     key};
    size_t count = 9;
    int ends[2];

    snprintf(certificate, sizeof certificate, "%s.pem", name);
    snprintf(key, sizeof key, "%s.key", name);
    for (; more != NULL && *more != NULL; more++)
        words[count++] = *more;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    server->process = start(folder, words, ends[1]);
    close(ends[1]);
    server->output = ends[0];
    server->port = read_port(server->output);
}

void tls_server_stop(struct tls_server *server)
{
    kill(server->process, SIGKILL);
    waitpid(server->process, NULL, 0);
    close(server->output);
}
