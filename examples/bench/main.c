/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keycard-bench: a load generator for lock systems and their simulators. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/program.h"
#include "load.h"
#include "report.h"

enum { EXIT_SOME_FAILED = 1, EXIT_FAULT = 3 };

static bool fail_distribution(const struct settings *settings)
{
    (void)fprintf(stderr, "%s: %s: %s\n", program, settings->distribution, strerror(errno));
    return false;
}

/* Before the load is sent: it may take hours, and cannot be had again. What is in the file stays there until then. */
static bool open_distribution(const struct settings *settings, FILE **file)
{
    if (settings->distribution != NULL && (*file = fopen(settings->distribution, "ae")) == NULL)
        return fail_distribution(settings);
    return true;
}

/* What is no regular file has nothing to be replaced. */
static bool write_distribution(const struct load *load, FILE *file)
{
    struct stat facts;
    const bool is_file = fstat(fileno(file), &facts) == 0 && S_ISREG(facts.st_mode);
    if ((is_file && ftruncate(fileno(file), 0) != 0) || !report_distribution(load, file))
        return fail_distribution(load->settings);
    return true;
}

static int report(const struct load *load, FILE *distribution)
{
    const struct settings *settings = load->settings;
    int status = EXIT_SUCCESS;
    if (load->all.failed + load->skipped + load->unfinished + load->not_cleaned != 0 ||
        (load->not_started != 0 && load->stops == 0))
        status = EXIT_SOME_FAILED;
    if (!settings->json)
        report_table(load);
    else if (!report_json(load))
        status = EXIT_FAULT;
    if (distribution != NULL && !write_distribution(load, distribution))
        status = EXIT_FAULT;
    return program_has_printed(program) ? status : EXIT_FAULT;
}

/* Variables by which libpq would go elsewhere than the ledger's URI says. */
static void forget_servers(void)
{
    (void)unsetenv("PGHOSTADDR");
    (void)unsetenv("PGSERVICE");
    (void)unsetenv("PGSERVICEFILE");
}

int main(int count, char **arguments)
{
    struct settings settings;
    struct load load = {.signals = -1};
    if (!program_open_streams())
        return EXIT_FAULT;
    int status = settings_read(&settings, count, arguments);
    if (status < 0)
        status = settings_check_targets(&settings);
    if (status >= 0) {
        settings_free(&settings);
        return program_has_printed(program) ? status : EXIT_FAULT;
    }
    FILE *distribution = NULL;
    if (!open_distribution(&settings, &distribution)) {
        settings_free(&settings);
        return EXIT_FAULT;
    }
    forget_servers();
    const bool ran = load_open(&load, &settings) && load_run(&load);
    if (!ran)
        (void)fprintf(stderr, "%s: %s\n", program, load.fault);
    /* What was measured before it went wrong is told, too. */
    status = load.ended != 0 ? report(&load, distribution) : EXIT_FAULT;
    load_close(&load);
    if (distribution != NULL)
        (void)fclose(distribution);
    settings_free(&settings);
    return ran ? status : EXIT_FAULT;
}
