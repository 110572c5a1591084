/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Standard streams, complaints about the command line, and signals. */
#include "program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "nearest.h"

enum { MOST_FLAGS = 32 };

bool program_open_streams(void)
{
    int descriptor = open("/dev/null", O_RDWR);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO)
        descriptor = open("/dev/null", O_RDWR);
    return descriptor >= 0 && close(descriptor) == 0;
}

bool program_has_printed(const char *program)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    (void)fprintf(stderr, "%s: the output could not be written in full\n", program);
    return false;
}

int program_printed(const char *program)
{
    return program_has_printed(program) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int program_complain(const char *program, const char *what, const char *name)
{
    (void)fprintf(stderr, "%s: %s%s\n", program, what, name);
    return EXIT_USAGE;
}

int program_complain_unknown(const char *program, const struct option *flags, const char *word)
{
    const char *names[MOST_FLAGS + 1] = {NULL};
    for (size_t i = 0; flags[i].name != NULL && i < MOST_FLAGS; i++)
        names[i] = flags[i].name;
    const char *nearest = nearest_name(word + strspn(word, "-"), names);
    (void)fprintf(stderr, "%s: there is no option %s%s%s\n", program, word, nearest != NULL ? "; did you mean --" : "",
                  nearest != NULL ? nearest : "");
    return EXIT_USAGE;
}

int program_open_signals(void)
{
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    if (sigprocmask(SIG_BLOCK, &stop, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return -1;
    return signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool program_must_end(int signals)
{
    struct pollfd look = {.fd = signals, .events = POLLIN};
    return poll(&look, 1, 0) > 0;
}
