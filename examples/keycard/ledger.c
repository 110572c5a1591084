/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands about the ledger as a whole: verify, copy, backup, forget; and the files with its keys. */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_SIZE = 2 * LEDGER_KEY_SIZE };

/* ---- Keys ------------------------------------------------------------------------------------------------------- */

static int digit(char letter)
{
    const char *const digits = "0123456789abcdef";
    const char *found = letter != '\0' ? strchr(digits, letter >= 'A' && letter <= 'F' ? letter - 'A' + 'a' : letter)
                                       : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

/* 32 bytes, or 64 hexadecimal digits and perhaps the end of a line. */
static bool decode_key(const char *text, size_t size, uint8_t key[LEDGER_KEY_SIZE])
{
    if (size == LEDGER_KEY_SIZE) {
        memcpy(key, text, LEDGER_KEY_SIZE);
        return true;
    }
    if (size == HEX_SIZE + 1 && text[HEX_SIZE] == '\n')
        size--;
    for (size_t i = 0; i < LEDGER_KEY_SIZE && size == HEX_SIZE; i++) {
        const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return size == HEX_SIZE;
}

static bool read_open_key(int file, const char *path, uint8_t key[LEDGER_KEY_SIZE], struct complaint *complaint)
{
    struct stat found;
    char text[HEX_SIZE + 2];
    if (fstat(file, &found) != 0)
        return complain(complaint, "key-file", "the key file %s cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(found.st_mode))
        return complain(complaint, "key-file", "the key file %s is no regular file", path);
    if ((found.st_mode & 077) != 0)
        return complain(complaint, "key-file",
                        "others than its owner may read or change the key file %s; chmod 600 it, and think of the key "
                        "as known to them",
                        path);
    const ssize_t size = read(file, text, sizeof text);
    const bool decoded = size > 0 && decode_key(text, (size_t)size, key);
    explicit_bzero(text, sizeof text);
    return decoded
               ? true
               : complain(complaint, "key-file",
                          "the key file %s must hold 32 bytes, or 64 hexadecimal digits: openssl rand -hex 32", path);
}

bool ledger_read_key(const char *path, uint8_t key[LEDGER_KEY_SIZE], struct complaint *complaint)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return complain(complaint, "key-file", "the key file %s cannot be opened: %s", path, strerror(errno));
    const bool read = read_open_key(file, path, key, complaint);
    close(file);
    return read;
}

/* ---- Commands --------------------------------------------------------------------------------------------------- */

static int finish(struct session *session, int32_t status, kc_op *op, bool shows_journal)
{
    if (status != KC_OK)
        return session_fail_start(session, status);
    session_follow(session, op);
    if (shows_journal && kc_op_get_status(op) == KC_OK)
        output_verified(&session->output, op);
    const int exit_status = session_finish(session, op);
    kc_op_unref(op);
    return exit_status;
}

int command_verify_ledger(struct session *session)
{
    kc_op *op = NULL;
    const int32_t status = kc_verify_ledger(session->site, &op);
    return finish(session, status, op, true);
}

static int backup(struct session *session)
{
    kc_op *op = NULL;
    const int32_t status = kc_backup_ledger(session->site, session->settings->words[0], &op);
    return finish(session, status, op, true);
}

static int copy(struct session *session)
{
    struct complaint complaint;
    uint8_t key[LEDGER_KEY_SIZE];
    kc_op *op = NULL;
    const char *file = options_value(session->settings, OPTION_NEW_KEY_FILE);
    if (file != NULL && !ledger_read_key(file, key, &complaint))
        return session_complain(session, &complaint);
    const int32_t status = kc_copy_ledger(session->site, session->settings->words[1], file != NULL ? key : NULL,
                                          file != NULL ? sizeof key : 0, &op);
    explicit_bzero(key, sizeof key);
    return finish(session, status, op, true);
}

static const struct {
    const char *name;
    size_t words; /* behind it */
    int (*run)(struct session *session);
    const char *usage;
} actions[] = {
    {"verify", 0, command_verify_ledger, "keycard ledger verify"},
    {"backup", 1, backup, "keycard ledger backup FILE"},
    {"copy", 2, copy, "keycard ledger copy FROM-URI TO-URI"},
};

bool ledger_check_words(struct settings *settings, struct complaint *complaint)
{
    const char *name = settings->argument;
    for (size_t i = 0; name != NULL && i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(actions[i].name, name) != 0)
            continue;
        if (settings->word_count != actions[i].words)
            return complain(complaint, "", "this is written %s", actions[i].usage);
        if (actions[i].run != copy && options_given(settings, OPTION_NEW_KEY_FILE))
            return complain(complaint, "new-key-file", "--new-key-file is for keycard ledger copy only");
        if (actions[i].run == copy && options_given(settings, OPTION_LEDGER))
            return complain(complaint, "ledger",
                            "keycard ledger copy takes the ledger as its first word, not --ledger");
        return true;
    }
    return complain(complaint, "", "which? keycard ledger copy, backup or verify");
}

int command_ledger(struct session *session)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(actions[i].name, session->settings->argument) == 0)
            return actions[i].run(session);
    }
    return EXIT_USAGE;
}

int command_forget(struct session *session)
{
    struct complaint complaint;
    const char *booking = options_value(session->settings, OPTION_BOOKING);
    const bool by_age = options_given(session->settings, OPTION_OLDER_THAN);
    int32_t days = 0;
    kc_op *op = NULL;
    if ((booking != NULL) == by_age) {
        complain(&complaint, "booking", "forget needs --booking BOOKING or --older-than DAYS");
        return session_complain(session, &complaint);
    }
    int32_t status = KC_OK;
    if (!by_age) {
        status = kc_forget_guest(session->site, booking, &op);
        return finish(session, status, op, false);
    }
    if (!options_number(session->settings, OPTION_OLDER_THAN, 0, 36500, &days, &complaint))
        return session_complain(session, &complaint);
    status = kc_forget_departed(session->site, days, &op);
    if (status != KC_OK)
        return session_fail_start(session, status);
    session_follow(session, op);
    if (kc_op_get_status(op) == KC_OK)
        output_forgotten(&session->output, op);
    const int exit_status = session_finish(session, op);
    kc_op_unref(op);
    return exit_status;
}
