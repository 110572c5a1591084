/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection of the PostgreSQL ledger: its URI, making and losing it, running statements with a time-out, and what
 * the server's errors mean. libpq's own messages are shown only of connections that could not be made, and never with
 * the password in them; those about statements could hold guest data, so their code has to do. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"

#define WANTED_MOST (sizeof(((struct postgresql_store *)NULL)->wanted) / sizeof(PGresult **))

int64_t pg_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void pg_rest(int milliseconds)
{
    poll(NULL, 0, milliseconds);
}

/* ---- The URI ---------------------------------------------------------------------------------------------------- */

/* What a station needs where the URI does not say otherwise: a dead server is noticed, a standby is passed over. */
static const char *const defaults[][2] = {
    {"client_encoding", "UTF8"},     {"connect_timeout", POSTGRESQL_CONNECT_S},
    {"application_name", "keycard"}, {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},    {"keepalives_count", "3"},
    {"tcp_user_timeout", "15000"},   {"target_session_attrs", "read-write"},
};
#define DEFAULT_COUNT (sizeof(defaults) / sizeof(defaults[0]))

static bool is_given(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword; options++) {
        if (strcmp(options->keyword, keyword) == 0)
            return options->val && options->val[0] != '\0';
    }
    return false;
}

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword; options++) {
        if (strcmp(options->keyword, keyword) == 0 && options->val)
            return options->val;
    }
    return "";
}

static int32_t add_value(struct postgresql_store *store, size_t at, const char *keyword, const char *value)
{
    store->keywords[at] = strdup(keyword);
    store->values[at] = strdup(value);
    if (!store->keywords[at] || !store->values[at])
        return KC_ERROR_NO_MEMORY;
    if (strcmp(keyword, "password") == 0)
        store->password = store->values[at];
    return KC_OK;
}

static int32_t keep_options(struct postgresql_store *store, const PQconninfoOption *options)
{
    size_t count = 0;
    size_t at = 0;
    int32_t status = KC_OK;
    while (options[count].keyword)
        count++;
    store->keywords = calloc(count + DEFAULT_COUNT + 1, sizeof(char *));
    store->values = calloc(count + DEFAULT_COUNT + 1, sizeof(char *));
    if (!store->keywords || !store->values)
        return KC_ERROR_NO_MEMORY;
    for (size_t i = 0; status == KC_OK && i < count; i++) {
        if (options[i].val && options[i].val[0] != '\0' && strcmp(options[i].keyword, "client_encoding") != 0)
            status = add_value(store, at++, options[i].keyword, options[i].val);
    }
    for (size_t i = 0; status == KC_OK && i < DEFAULT_COUNT; i++) {
        if (i == 0 || !is_given(options, defaults[i][0]))
            status = add_value(store, at++, defaults[i][0], defaults[i][1]);
    }
    const char *host = value_of(options, is_given(options, "host") ? "host" : "hostaddr");
    const char *database = value_of(options, is_given(options, "dbname") ? "dbname" : "user");
    struct error_quoted quoted_host;
    struct error_quoted quoted_database;
    if (status == KC_OK && asprintf(&store->name, "postgresql://%s/%s", error_quote(&quoted_host, host),
                                    error_quote(&quoted_database, database)) < 0) {
        store->name = NULL;
        status = KC_ERROR_NO_MEMORY;
    }
    return status;
}

/* Where the query of a URI begins, as libpq sees it; NULL: there is none, or a password that was not escaped may be in
 * it. */
static const char *query_of(const char *uri)
{
    const char *host = uri + strcspn(uri, "@/");
    const char *query = strchr(*host == '@' ? host : uri, '?');
    return query && !strchr(query, '@') ? query + 1 : NULL;
}

/* The first word of the query that libpq does not know; false if there is none that can be shown. */
static bool find_stranger(const char *uri, char word[32])
{
    PQconninfoOption *known = PQconninfoParse("postgresql://", NULL);
    const char *at = query_of(uri);
    bool found = false;
    while (known && at && *at && !found) {
        const size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
        const char *end = at + strcspn(at, "&");
        if (length == 0 || length >= 32 || at[length] != '=')
            break;
        memcpy(word, at, length);
        word[length] = '\0';
        found = strcmp(word, "ssl") != 0; /* which JDBC has, and libpq understands */
        for (const PQconninfoOption *option = known; option->keyword; option++)
            found = found && strcmp(option->keyword, word) != 0;
        at = *end ? end + 1 : NULL;
    }
    PQconninfoFree(known);
    return found;
}

/* What libpq says of a wrong URI quotes it, and may quote the password. */
static int32_t uri_is_wrong(const char *uri, struct kc_error *error)
{
    char word[32];
    if (strncmp(uri, "postgresql://", 13) == 0 && find_stranger(uri + 13, word))
        return error_set(
            error, KC_ERROR_INVALID_ARGUMENT, "ledger",
            "the ledger's URI has \"%s\" behind the question mark, which libpq does not know; it takes the "
            "names of its connection parameters there, such as sslmode, sslrootcert, passfile, "
            "connect_timeout and target_session_attrs",
            word);
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, "ledger",
                     "the ledger's URI cannot be understood; write postgresql://USER@HOST:PORT/DATABASE, with "
                     "special characters of a password as %%XX");
}

int32_t pg_read_uri(struct postgresql_store *store, const char *path, struct kc_error *error)
{
    char *uri = NULL;
    int32_t status = KC_OK;
    if (asprintf(&uri, "postgresql:%s", path ? path : "") < 0)
        return error_no_memory(error);
    PQconninfoOption *options = strncmp(uri, "postgresql://", 13) == 0 ? PQconninfoParse(uri, NULL) : NULL;
    if (!options)
        status = uri_is_wrong(uri, error);
    else if (keep_options(store, options) != KC_OK)
        status = error_no_memory(error);
    PQconninfoFree(options);
    if (uri)
        explicit_bzero(uri, strlen(uri));
    free(uri);
    return status;
}

void pg_forget_uri(struct postgresql_store *store)
{
    for (size_t i = 0; store->keywords && store->keywords[i]; i++)
        free(store->keywords[i]);
    for (size_t i = 0; store->values && store->values[i]; i++) {
        explicit_bzero(store->values[i], strlen(store->values[i]));
        free(store->values[i]);
    }
    free(store->keywords);
    free(store->values);
    free(store->name);
}

/* ---- Errors ----------------------------------------------------------------------------------------------------- */

int32_t pg_damaged(const struct postgresql_store *store, const char *what, struct kc_error *error)
{
    return error_set(error, KC_ERROR_LEDGER_DAMAGED, "ledger",
                     "ledger %s is damaged: a value of %s that no ledger has; restore a backup", store->name, what);
}

static bool is_class(const char *code, const char *start)
{
    return strncmp(code, start, strlen(start)) == 0;
}

/* The codes are those of PostgreSQL's appendix on error codes. */
static int32_t meaning(const char *code, const char **advice)
{
    static const struct {
        const char *start, *advice;
        int32_t meaning;
    } known[] = {
        {"53100", "free space on the server's disk", KC_ERROR_LEDGER_FULL},
        {"25006", "it is a standby or set read-only; name the primary server too", KC_ERROR_LEDGER_READ_ONLY},
        {"55P03", "another station holds it locked; wait, or end that program", KC_ERROR_LEDGER_BUSY},
        {"57014", "it takes too long; look at the load of the server", KC_ERROR_LEDGER_BUSY},
        {"40", "another station came first; try again", KC_ERROR_LEDGER_BUSY},
        {"42501",
         "give the user the right to create in the database, and to the schema keycard and its tables; "
         "a newer library opens them first as their owner",
         KC_ERROR_LEDGER},
        {"42", "its tables are not those of a ledger; restore a backup or name another database",
         KC_ERROR_LEDGER_DAMAGED},
        {"3F", "its tables are not those of a ledger; restore a backup or name another database",
         KC_ERROR_LEDGER_DAMAGED},
        {"XX001", "the server's data are damaged; restore a backup", KC_ERROR_LEDGER_DAMAGED},
        {"XX002", "the server's data are damaged; restore a backup", KC_ERROR_LEDGER_DAMAGED},
        {"08", "the connection was lost; try again", KC_ERROR_LEDGER},
        {"57P", "the server is going down; try again", KC_ERROR_LEDGER},
        {"53", "the server is out of resources; see its log", KC_ERROR_LEDGER},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (is_class(code, known[i].start)) {
            *advice = known[i].advice;
            return known[i].meaning;
        }
    }
    *advice = "see the log of the server";
    return KC_ERROR_LEDGER;
}

static int32_t connection_lost(struct postgresql_store *store, struct kc_error *error)
{
    pg_disconnect(store);
    return error_set(error, KC_ERROR_LEDGER, "ledger", "ledger %s: the connection to the server was lost; try again",
                     store->name);
}

static int32_t statement_failed(struct postgresql_store *store, const PGresult *result, struct kc_error *error)
{
    const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *advice = "";
    snprintf(store->sqlstate, sizeof(store->sqlstate), "%.5s", code ? code : "");
    if (!code || PQstatus(store->connection) != CONNECTION_OK)
        return connection_lost(store, error);
    const int32_t status = meaning(code, &advice);
    error_set(error, status, "ledger", "ledger %s: the server refused (SQLSTATE %s); %s", store->name, code, advice);
    /* The next transaction looks for a server that can be written. */
    if (status == KC_ERROR_LEDGER_READ_ONLY)
        pg_disconnect(store);
    return status;
}

/* Copies a message of libpq in one line, without the password. */
static void clean_message(const struct postgresql_store *store, const char *message, char out[240])
{
    const size_t secret = store->password ? strlen(store->password) : 0;
    size_t length = 0;
    while (*message && length < 230) {
        if (secret > 0 && strncmp(message, store->password, secret) == 0) {
            memcpy(out + length, "***", 3);
            length += 3;
            message += secret;
            continue;
        }
        const unsigned char byte = (unsigned char)*message++;
        out[length++] = byte == '\n' || byte == '\t' ? ' ' : byte < 0x20 || byte >= 0x7F ? '?' : (char)byte;
    }
    while (length > 0 && out[length - 1] == ' ')
        length--;
    out[length] = '\0';
}

/* ---- Statements ------------------------------------------------------------------------------------------------- */

/* Waits until the socket is ready. False: time is up, or the connection is gone. */
static bool wait_socket(PGconn *connection, short events, int64_t until)
{
    struct pollfd waited = {.fd = PQsocket(connection), .events = events};
    for (;;) {
        const int64_t left = until - pg_now_ms();
        if (waited.fd < 0 || left <= 0)
            return false;
        const int ready = poll(&waited, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

static bool send_all(PGconn *connection, int64_t until)
{
    int more;
    while ((more = PQflush(connection)) == 1) {
        /* The server may send before it takes more. */
        if (!wait_socket(connection, POLLIN | POLLOUT, until) || !PQconsumeInput(connection))
            return false;
    }
    return more == 0;
}

/* All results of what was sent; the last one, or the first failure, is kept. NULL: the connection is lost. */
static PGresult *take_results(PGconn *connection, int64_t until)
{
    PGresult *kept = NULL;
    for (;;) {
        while (PQisBusy(connection)) {
            if (!wait_socket(connection, POLLIN, until) || !PQconsumeInput(connection)) {
                PQclear(kept);
                return NULL;
            }
        }
        PGresult *result = PQgetResult(connection);
        if (!result)
            return kept;
        if (kept && PQresultStatus(kept) == PGRES_FATAL_ERROR) {
            PQclear(result);
            continue;
        }
        PQclear(kept);
        kept = result;
    }
}

static int32_t take(struct postgresql_store *store, int sent, PGresult **out, struct kc_error *error)
{
    const int64_t until = pg_now_ms() + POSTGRESQL_STATEMENT_MS;
    PGresult *result = NULL;
    if (out)
        *out = NULL;
    if (sent && send_all(store->connection, until))
        result = take_results(store->connection, until);
    if (!result)
        return connection_lost(store, error);
    const ExecStatusType kind = PQresultStatus(result);
    int32_t status = KC_OK;
    if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK)
        status = statement_failed(store, result, error);
    if (status == KC_OK && out)
        *out = result;
    else
        PQclear(result);
    return status;
}

/* Which of the results of a pipeline failed first; `count` if none. The last one is kept. Connection lost: NULL. */
static int32_t take_pipeline(struct postgresql_store *store, size_t count, size_t *failed, PGresult **last,
                             struct kc_error *error)
{
    const int64_t until = pg_now_ms() + POSTGRESQL_STATEMENT_MS;
    int32_t status = KC_OK;
    *failed = count;
    if (!PQpipelineSync(store->connection) || !send_all(store->connection, until))
        return connection_lost(store, error);
    for (size_t i = 0; i < count; i++) {
        PGresult *result = take_results(store->connection, until);
        if (!result)
            return connection_lost(store, error);
        const ExecStatusType kind = PQresultStatus(result);
        if (status == KC_OK && kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK) {
            status = statement_failed(store, result, error);
            *failed = i;
        }
        PGresult **wanted = i < WANTED_MOST ? store->wanted[i] : NULL;
        if (status == KC_OK && i + 1 == count && last)
            *last = result;
        else if (status == KC_OK && wanted)
            *wanted = result;
        else
            PQclear(result);
        if (!store->connection)
            return status;
    }
    PQclear(take_results(store->connection, until)); /* that of the synchronization */
    return PQexitPipelineMode(store->connection) ? status : connection_lost(store, error);
}

/* Takes the results of everything that was queued, and of the statement that was just sent if `own`. What was queued
 * belongs to jobs that count on it: if that fails, nothing of the transaction stays. */
static int32_t take_queued(struct postgresql_store *store, bool own, PGresult **out, struct kc_error *error)
{
    const size_t queued = store->queued;
    size_t failed = 0;
    store->queued = 0;
    if (out)
        *out = NULL;
    const int32_t status = take_pipeline(store, queued + own, &failed, own ? out : NULL, error);
    memset(store->wanted, 0, sizeof(store->wanted));
    if (status != KC_OK && failed < queued && pg_is_connected(store) &&
        PQtransactionStatus(store->connection) != PQTRANS_IDLE)
        pg_run(store, "ROLLBACK", NULL, NULL);
    return status;
}

void pg_want(struct postgresql_store *store, PGresult **result)
{
    if (store->queued < WANTED_MOST)
        store->wanted[store->queued] = result;
}

int32_t pg_take_queued(struct postgresql_store *store, struct kc_error *error)
{
    return store->queued > 0 ? take_queued(store, false, NULL, error) : KC_OK;
}

static int32_t not_connected(const struct postgresql_store *store, struct kc_error *error)
{
    return error_set(error, KC_ERROR_LEDGER, "ledger", "ledger %s: there is no connection to the server; try again",
                     store->name);
}

int32_t pg_run(struct postgresql_store *store, const char *sql, PGresult **out, struct kc_error *error)
{
    if (out)
        *out = NULL;
    if (!store->connection)
        return not_connected(store, error);
    const int32_t status = pg_take_queued(store, error);
    return status == KC_OK ? take(store, PQsendQuery(store->connection, sql), out, error) : status;
}

static int32_t queue(struct postgresql_store *store, int sent, struct kc_error *error)
{
    if (!sent)
        return connection_lost(store, error);
    store->queued++;
    return KC_OK;
}

static int32_t enter_pipeline(struct postgresql_store *store, struct kc_error *error)
{
    if (!store->connection)
        return not_connected(store, error);
    if (PQpipelineStatus(store->connection) == PQ_PIPELINE_OFF && !PQenterPipelineMode(store->connection))
        return connection_lost(store, error);
    return KC_OK;
}

int32_t pg_queue(struct postgresql_store *store, const char *sql, struct kc_error *error)
{
    const int32_t status = enter_pipeline(store, error);
    return status == KC_OK
               ? queue(store, PQsendQueryParams(store->connection, sql, 0, NULL, NULL, NULL, NULL, 0), error)
               : status;
}

int32_t pg_run_queued(struct postgresql_store *store, const char *sql, PGresult **out, struct kc_error *error)
{
    if (store->queued == 0)
        return pg_run(store, sql, out, error);
    const int sent = PQsendQueryParams(store->connection, sql, 0, NULL, NULL, NULL, NULL, 0);
    return sent ? take_queued(store, true, out, error) : connection_lost(store, error);
}

int32_t pg_prepare(struct postgresql_store *store, const char *name, const char *sql, bool *prepared,
                   struct kc_error *error)
{
    if (!store->connection)
        return not_connected(store, error);
    if (*prepared)
        return KC_OK;
    int32_t status = pg_take_queued(store, error);
    if (status == KC_OK)
        status = take(store, PQsendPrepare(store->connection, name, sql, 0, NULL), NULL, error);
    *prepared = status == KC_OK;
    return status;
}

int32_t pg_queue_prepared(struct postgresql_store *store, const char *name, const char *sql, bool *prepared,
                          struct pg_values *values, struct kc_error *error)
{
    int32_t status = values->failed ? error_no_memory(error) : pg_prepare(store, name, sql, prepared, error);
    pg_finish_values(values);
    if (status == KC_OK)
        status = enter_pipeline(store, error);
    return status == KC_OK ? queue(store,
                                   PQsendQueryPrepared(store->connection, name, values->count, values->items,
                                                       values->lengths, values->formats, 0),
                                   error)
                           : status;
}

int32_t pg_run_prepared(struct postgresql_store *store, const char *name, const char *sql, bool *prepared,
                        struct pg_values *values, PGresult **out, struct kc_error *error)
{
    if (out)
        *out = NULL;
    const int32_t status = values->failed ? error_no_memory(error) : pg_prepare(store, name, sql, prepared, error);
    if (status != KC_OK)
        return status;
    pg_finish_values(values);
    const int sent = PQsendQueryPrepared(store->connection, name, values->count, values->items, values->lengths,
                                         values->formats, 0);
    if (store->queued == 0)
        return take(store, sent, out, error);
    return sent ? take_queued(store, true, out, error) : connection_lost(store, error);
}

/* ---- Connecting ------------------------------------------------------------------------------------------------- */

void pg_disconnect(struct postgresql_store *store)
{
    PQfinish(store->connection);
    store->connection = NULL;
    pg_names_keep(&store->names, 0); /* the next server may have others */
    store->queued = 0;
    memset(store->wanted, 0, sizeof(store->wanted));
    store->writing = store->opened = false;
    pg_forget_memos(store);
}

bool pg_is_connected(const struct postgresql_store *store)
{
    return store->connection && PQstatus(store->connection) == CONNECTION_OK;
}

static const char *const *constant(char *const *list)
{
    return (const char *const *)list;
}

/* Tells servers that answer but may not be written from those that do not answer. */
static bool only_read_only(struct postgresql_store *store)
{
    for (size_t i = 0; store->keywords[i]; i++) {
        if (strcmp(store->keywords[i], "target_session_attrs") != 0 || strcmp(store->values[i], "read-write") != 0)
            continue;
        char any[] = "any";
        char *kept = store->values[i];
        store->values[i] = any;
        PGconn *probe = PQconnectdbParams(constant(store->keywords), constant(store->values), 0);
        store->values[i] = kept;
        const bool answers = PQstatus(probe) == CONNECTION_OK;
        PQfinish(probe);
        return answers;
    }
    return false;
}

static int32_t read_only(const struct postgresql_store *store, struct kc_error *error)
{
    return error_set(error, KC_ERROR_LEDGER_READ_ONLY, "ledger",
                     "ledger %s: the server can only be read, it is a standby or set so; name the primary server too",
                     store->name);
}

static int32_t connect_failed(struct postgresql_store *store, struct kc_error *error)
{
    char message[240];
    clean_message(store, store->connection ? PQerrorMessage(store->connection) : "out of memory", message);
    pg_disconnect(store);
    if (only_read_only(store))
        return read_only(store, error);
    return error_set(error, KC_ERROR_LEDGER, "ledger",
                     "ledger %s: %s; check host, port, database, user and password, and that the server runs",
                     store->name, message);
}

/* Before anything else: whether this server can keep a ledger. */
static int32_t check_server(struct postgresql_store *store, struct kc_error *error)
{
    PGresult *result = NULL;
    const char *encoding = PQparameterStatus(store->connection, "server_encoding");
    if (PQserverVersion(store->connection) < 120000)
        return error_set(error, KC_ERROR_LEDGER, "ledger", "ledger %s: PostgreSQL 12 or newer is needed", store->name);
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return error_set(error, KC_ERROR_LEDGER, "ledger",
                         "ledger %s: the database is not in UTF-8; make one with ENCODING 'UTF8'", store->name);
    int32_t status = pg_run(store, "SHOW transaction_read_only", &result, error);
    if (status == KC_OK && strcmp(PQgetvalue(result, 0, 0), "off") != 0)
        status = read_only(store, error);
    PQclear(result);
    return status;
}

static int32_t set_up_session(struct postgresql_store *store, struct kc_error *error)
{
    /* - search_path: nobody else's tables and functions.
     * - A client that vanished with the ledger's lock must not keep it.
     * - The indexes are made for the statements. A plan that was made while the tables were small must not stay.
     * - A statement can be a transaction: each sees what was committed before it, and may write.
     * - What is committed is on the disk, whatever the server's default is; a stronger default stays. */
    PGresult *result = NULL;
    int32_t status = pg_run(store,
                            "SET search_path = keycard, pg_temp;"
                            "SET lock_timeout = 5000;"
                            "SET statement_timeout = 10000;"
                            "SET idle_in_transaction_session_timeout = 20000;"
                            "SET bytea_output = hex;"
                            "SET standard_conforming_strings = on;"
                            "SET default_transaction_isolation = 'read committed';"
                            "SET default_transaction_read_only = off;"
                            "SET client_min_messages = error;"
                            "SET jit = off;"
                            "SET plan_cache_mode = force_generic_plan;"
                            "SET enable_seqscan = off;"
                            "SET enable_bitmapscan = off;"
                            "SET enable_hashjoin = off;"
                            "SET enable_mergejoin = off;"
                            "SELECT set_config('synchronous_commit', 'on', false)"
                            " WHERE current_setting('synchronous_commit') IN ('off', 'local');"
                            "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()",
                            &result, error);
    if (status == KC_OK && PQntuples(result) == 1) {
        snprintf(store->session.pid, sizeof(store->session.pid), "%s", PQgetvalue(result, 0, 0));
        snprintf(store->session.start, sizeof(store->session.start), "%s", PQgetvalue(result, 0, 1));
    }
    PQclear(result);
    return status;
}

static int32_t enter_again(struct postgresql_store *store, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    pg_add_number(&values, (int64_t)store->instance);
    return store->entered ? pg_statement(store, PG_ENTER, &values, NULL, error) : KC_OK;
}

static void ignore_notice(void *user, const PGresult *result)
{
    (void)user, (void)result; /* libpq would print it */
}

int32_t pg_connect(struct postgresql_store *store, struct kc_error *error)
{
    pg_disconnect(store);
    memset(store->prepared, 0, sizeof(store->prepared));
    memset(store->found, 0, sizeof(store->found));
    memset(store->rows_prepared, 0, sizeof(store->rows_prepared));
    memset(store->answers_prepared, 0, sizeof(store->answers_prepared));
    store->journal_prepared = false;
    memset(store->once_prepared, 0, sizeof(store->once_prepared));
    memset(store->answers_once_prepared, 0, sizeof(store->answers_once_prepared));
    store->connection = PQconnectdbParams(constant(store->keywords), constant(store->values), 0);
    if (PQstatus(store->connection) != CONNECTION_OK)
        return connect_failed(store, error);
    PQsetNoticeReceiver(store->connection, ignore_notice, NULL);
    if (PQsetnonblocking(store->connection, 1) != 0)
        return connection_lost(store, error);
    int32_t status = check_server(store, error);
    if (status == KC_OK)
        status = set_up_session(store, error);
    if (status == KC_OK)
        status = pg_schema(store, error);
    if (status == KC_OK)
        status = enter_again(store, error);
    if (status == KC_OK && store->feed.on)
        status = pg_listen(store, error);
    if (status != KC_OK)
        pg_disconnect(store);
    return status;
}

int32_t pg_reconnect(struct postgresql_store *store, int64_t patience_ms, struct kc_error *error)
{
    const int64_t until = pg_now_ms() + patience_ms;
    int32_t status = pg_is_connected(store) ? KC_OK : pg_connect(store, error);
    for (int wait = 50; status == KC_ERROR_LEDGER && pg_now_ms() < until; wait = wait < 1000 ? wait * 2 : wait) {
        pg_rest(wait);
        status = pg_connect(store, error);
    }
    return status;
}
