/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One call of the tool: context, site and systems as the settings say, and what the commands do with them. */
#ifndef KEYCARD_TOOL_SESSION_H
#define KEYCARD_TOOL_SESSION_H

#include <keycard/keycard.h>

#include "../common/program.h"
#include "options.h"
#include "output.h"

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 3, EXIT_UNKNOWN = 4 }; /* and EXIT_USAGE */

struct session {
    const struct settings *settings;
    struct output output;
    kc_context *context;
    kc_site *site;
    kc_system **systems; /* kept, for a system lasts as long as its handle */
    size_t system_count;
    int signals; /* a descriptor that tells of Ctrl-C */
};

/* What a command has of the ledger. HELPS: it remembers encoders of lock systems; where it cannot be opened that is
 * said, and the command goes on without it. */
enum ledger_use { LEDGER_UNUSED, LEDGER_HELPS, LEDGER_NEEDED };

/* Opens ledger and site and makes the systems. EXIT_DONE, or the exit status after having said what is wrong. */
int session_open(struct session *session, bool systems_needed, enum ledger_use ledger);
void session_close(struct session *session);

/* A request with everything that the settings say of it; given back with kc_request_unref(). EXIT_DONE or the exit
 * status after having said what is wrong. */
int session_request(struct session *session, kc_request **request);

/* Says what is wrong with the command line or configuration. Returns EXIT_USAGE. */
int session_complain(struct session *session, const struct complaint *complaint);
/* Says why a call of the library failed before an operation began. Returns the exit status. */
int session_fail(struct session *session, int32_t status, const kc_error *error, const char *fallback);
/* The same for the call that should have started an operation. */
int session_fail_start(struct session *session, int32_t status);

/* Runs an operation to its end, with what follows from it, and shows its events. */
void session_follow(struct session *session, kc_op *op);
/* Shows how a followed operation ended, and gives the exit status. */
int session_finish(struct session *session, kc_op *op);

/* Waits until something happened, and lets the library do its part. `over`: Ctrl-C, or nobody reads the output any
 * more. KC_OK, or why the library cannot go on. */
int32_t session_wait(struct session *session, bool *over);

/* Whether whoever reads the output, if it is a pipe or socket, is still there. */
bool session_is_read(void);

/* list.c: there is no such driver. Fills in the complaint and returns false. */
bool complain_driver(struct complaint *complaint, const char *field, const char *name);

/* Commands: each returns the exit status. */
int command_drivers(struct session *session);
int command_encoders(struct session *session);
int command_devices(struct session *session);
int command_issue(struct session *session);
int command_duplicate(struct session *session);
int command_reissue(struct session *session);
int command_one_shot(struct session *session);
int command_mobile(struct session *session);
int command_read(struct session *session);
int command_write_image(struct session *session);
int command_checkout(struct session *session);
int command_modify(struct session *session);
int command_cancel(struct session *session);
int command_check_mobile(struct session *session);
int command_block(struct session *session);
int command_unblock(struct session *session);
int command_retry(struct session *session);
int command_resolve(struct session *session);
int command_keys(struct session *session);
int command_operations(struct session *session);
int command_audit(struct session *session);
int command_watch(struct session *session);
int command_forget(struct session *session);
int command_verify_ledger(struct session *session);
int command_ledger(struct session *session);

/* ledger.c: the key in a file that only its owner may read. False with a complaint. */
enum { LEDGER_KEY_SIZE = 32 };
bool ledger_read_key(const char *path, uint8_t key[LEDGER_KEY_SIZE], struct complaint *complaint);
/* What stands behind the command ledger. False with a complaint. */
bool ledger_check_words(struct settings *settings, struct complaint *complaint);

#endif
