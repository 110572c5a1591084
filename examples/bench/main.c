/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keycard-bench: a load generator for lock systems and their simulators. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/program.h"
#include "load.h"
#include "report.h"

enum { EXIT_SOME_FAILED = 1, EXIT_FAULT = 3 };

static int report(const struct load *load)
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
    if (settings->distribution != NULL && !report_distribution(load, settings->distribution)) {
        (void)fprintf(stderr, "%s: %s: %s\n", program, settings->distribution, strerror(errno));
        status = EXIT_FAULT;
    }
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
    forget_servers();
    const bool ran = load_open(&load, &settings) && load_run(&load);
    if (!ran)
        (void)fprintf(stderr, "%s: %s\n", program, load.fault);
    /* What was measured before it went wrong is told, too. */
    status = load.ended != 0 ? report(&load) : EXIT_FAULT;
    load_close(&load);
    settings_free(&settings);
    return ran ? status : EXIT_FAULT;
}
