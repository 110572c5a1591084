/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keycard audit: what the night audit has to look at. As a table, as JSON, or as CSV (RFC 4180). No guest data. */
#include "json.h"
#include "session.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 10, LIMIT = 100000 };
static const char *const titles[COLUMNS] = {"WHY",  "WHAT",  "KEY",      "STATUS",  "BOOKING",
                                            "ROOM", "ASKED", "OPERATOR", "ENCODER", "OPERATION"};
/* The same in CSV and JSON. */
static const char *const names[COLUMNS] = {"why",  "what",  "key",      "status",  "booking",
                                           "room", "asked", "operator", "encoder", "operation"};

struct report {
    bool json, csv;
    struct table *table;
    int32_t limit, count;
    bool more;    /* than the limit */
    kc_op *fault; /* the list that is of a damaged ledger, and has what can be read */
};

/* A cell that starts like a formula would be one for the program that opens the file. */
static void write_cell(const char *text)
{
    putchar('"');
    if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
        putchar('\'');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

static void write_line(const char *const cells[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        if (i > 0)
            putchar(',');
        write_cell(cells[i]);
    }
    fputs("\r\n", stdout);
}

static void add(struct report *report, const char *why, const kc_op *op)
{
    const kc_key *key = kc_op_get_key(op, 0);
    if (report->count == report->limit) {
        report->more = true;
        return;
    }
    const char *const cells[COLUMNS] = {why,
                                        kc_verb_name(kc_op_get_verb(op)),
                                        key != NULL ? kc_key_state_name(kc_key_get_state(key)) : "",
                                        kc_status_name(kc_op_get_status(op)),
                                        kc_op_get_booking(op),
                                        kc_op_get_room(op),
                                        kc_op_get_created(op),
                                        kc_op_get_operator(op),
                                        kc_op_get_encoder_name(op),
                                        kc_op_get_id(op)};
    if (report->json)
        json_show_texts("audit", names, cells, COLUMNS);
    else if (report->csv)
        write_line(cells);
    else
        table_add(report->table, cells);
    report->count++;
}

/* Shows how the list ended, and gives the exit status. */
static int finish(struct session *session, kc_op *list)
{
    const int exit_status = session_finish(session, list);
    kc_op_unref(list);
    return exit_status;
}

/* One of the two lists. What is not resolved may stand in the other one, too. */
static int add_list(struct session *session, struct report *report, int32_t filter)
{
    kc_op *list = NULL;
    /* One more than are wanted tells whether there are more: all that was found before may be among them. */
    int32_t status = kc_list_ops(session->site, filter, NULL, report->limit + 1, &list);
    if (status != KC_OK)
        return session_fail_start(session, status);
    session_follow(session, list);
    for (int32_t i = 0; i < kc_op_get_op_count(list); i++) {
        const kc_op *op = kc_op_get_op(list, i);
        const bool unresolved = kc_op_get_outcome(op) == KC_OUTCOME_UNKNOWN;
        if (filter == KC_FILTER_UNRESOLVED)
            add(report, "unresolved", op);
        else if (!unresolved)
            add(report, "not-confirmed", op);
    }
    status = kc_op_get_status(list);
    if (status != KC_OK && status != KC_ERROR_LEDGER_DAMAGED)
        return finish(session, list);
    if (status == KC_OK || report->fault != NULL)
        list = kc_op_unref(list);
    else
        report->fault = list; /* what the other one has is shown, too */
    return EXIT_DONE;
}

int command_audit(struct session *session)
{
    const struct result done = {.status = KC_OK, .outcome = KC_OUTCOME_NOT_WRITTEN};
    struct report report = {
        .json = session->output.json, .csv = options_given(session->settings, OPTION_CSV), .limit = LIMIT};
    struct complaint complaint;
    if (report.json && report.csv) {
        complain(&complaint, "csv", "give --json or --csv, not both");
        return session_complain(session, &complaint);
    }
    if (!options_number(session->settings, OPTION_LIMIT, 1, LIMIT, &report.limit, &complaint))
        return session_complain(session, &complaint);
    report.table = report.json || report.csv ? NULL : table_new(COLUMNS, titles);
    if (report.csv)
        write_line(names);
    int exit_status = add_list(session, &report, KC_FILTER_UNRESOLVED);
    if (exit_status == EXIT_DONE)
        exit_status = add_list(session, &report, KC_FILTER_NOT_CONFIRMED);
    table_show(report.table, stdout);
    if (exit_status == EXIT_DONE && report.fault != NULL)
        return finish(session, report.fault);
    kc_op_unref(report.fault);
    if (exit_status != EXIT_DONE)
        return exit_status;
    if (report.more)
        output_warn(&session->output, "There is more to look at than --limit allows.");
    if (report.json)
        output_done(&session->output, &done);
    else if (!report.csv)
        output_say(&session->output, stdout, report.count > 0 ? "%d to look at." : "Nothing to look at.", report.count);
    return EXIT_DONE;
}
