/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that ask the lock system for something new: issue, duplicate, reissue, one-shot, mobile, read, checkout,
 * modify, cancel, block, unblock, check-mobile,
 * write-image. */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IMAGE_MOST = 65536 };

typedef int32_t starter(kc_request *request, kc_op **op);

/* Fills in the request, starts the operation and follows it. `op` stays for the caller if it was started. */
static int start(struct session *session, starter *begin, kc_op **op)
{
    kc_request *request = NULL;
    int failed = session_request(session, &request);
    if (failed)
        return failed;
    if (begin == kc_send_mobile && options_given(session->settings, OPTION_IMAGE))
        (void)kc_request_set_return_image(request, 1);
    const int32_t status = begin(request, op);
    kc_request_unref(request);
    if (status != KC_OK)
        return session_fail_start(session, status);
    session_follow(session, *op);
    return EXIT_DONE;
}

static int run(struct session *session, starter *begin)
{
    kc_op *op = NULL;
    int exit_status = start(session, begin, &op);
    if (op != NULL)
        exit_status = session_finish(session, op);
    kc_op_unref(op);
    return exit_status;
}

/* The file is made before the lock system is asked, for the bytes come only once. */
static int open_image(struct session *session, const char *path)
{
    struct complaint complaint;
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0)
        return file;
    complain(&complaint, "image", "the new file %s cannot be made: %s", path, strerror(errno));
    session_complain(session, &complaint);
    return -1;
}

static bool write_image(int file, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(file, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return fsync(file) == 0;
}

/* Whether the bytes are in the file. Without any there shall be none. */
static bool keep_image(struct session *session, const kc_op *op, int file, const char *path)
{
    size_t size = 0;
    const uint8_t *bytes = kc_key_get_image(kc_op_get_key(op, 0), &size);
    if (bytes != NULL && write_image(file, bytes, size))
        return true;
    const bool was_read = kc_op_get_verb(op) == KC_VERB_READ_CARD;
    if (bytes != NULL && was_read)
        output_say(&session->output, stderr, "keycard: what stands on the card could not be written to %s: %s", path,
                   strerror(errno));
    else if (bytes != NULL)
        output_say(&session->output, stderr,
                   "keycard: the key could not be written to %s: %s. The lock system has made it; make it again.", path,
                   strerror(errno));
    else if (was_read && kc_op_get_status(op) == KC_OK)
        output_say(
            &session->output, stderr,
            "keycard: %s was not made: this encoder does not show what stands on the card. See its option content.",
            path);
    else if (kc_op_is_replay(op) && kc_op_get_status(op) == KC_OK)
        output_say(
            &session->output, stderr,
            "keycard: %s was not made: the bytes of a key are not kept, so what was done before cannot give them "
            "again. Make the key again, with another --idempotency-key.",
            path);
    if (bytes == NULL)
        (void)unlink(path);
    return false;
}

/* A key that comes back as bytes goes to the file, if one is named. */
static int run_with_image(struct session *session, starter *begin)
{
    const char *path = options_value(session->settings, OPTION_IMAGE);
    kc_op *op = NULL;
    if (path == NULL)
        return run(session, begin);
    const int file = open_image(session, path);
    if (file < 0)
        return EXIT_USAGE;
    int exit_status = start(session, begin, &op);
    const bool kept = keep_image(session, op, file, path);
    close(file);
    if (op != NULL)
        exit_status = session_finish(session, op);
    if (exit_status == EXIT_DONE && !kept)
        exit_status = EXIT_FAILED;
    kc_op_unref(op);
    return exit_status;
}

/* A card that the caller writes has both: its serial number, and a file for what is to be written on it. */
static int run_card(struct session *session, starter *begin)
{
    struct complaint complaint;
    const bool serial = options_given(session->settings, OPTION_CARD_SERIAL);
    const bool image = options_given(session->settings, OPTION_IMAGE);
    if (serial == image)
        return run_with_image(session, begin);
    complain(&complaint, serial ? "image" : "card-serial",
             "--card-serial and --image go together: the key for the card "
             "of that serial number is written to the file");
    return session_complain(session, &complaint);
}

int command_issue(struct session *session)
{
    return run_card(session, kc_issue_original);
}

int command_duplicate(struct session *session)
{
    return run_card(session, kc_issue_duplicate);
}

int command_reissue(struct session *session)
{
    return run_card(session, kc_reissue);
}

int command_one_shot(struct session *session)
{
    return run_card(session, kc_issue_one_shot);
}

int command_mobile(struct session *session)
{
    return run_with_image(session, kc_send_mobile);
}

int command_block(struct session *session)
{
    return run(session, kc_block_stay);
}

int command_unblock(struct session *session)
{
    return run(session, kc_unblock_stay);
}

int command_read(struct session *session)
{
    return run_with_image(session, kc_read_card);
}

/* The whole file; NULL if that failed, with the reason. */
static uint8_t *read_image(const char *path, size_t *size, struct complaint *complaint)
{
    FILE *file = fopen(path, "rbe");
    uint8_t *bytes = file != NULL ? malloc(IMAGE_MOST + 1) : NULL;
    const int reason = errno;
    *size = bytes != NULL ? fread(bytes, 1, IMAGE_MOST + 1, file) : 0;
    const bool readable = bytes != NULL && ferror(file) == 0;
    if (file != NULL)
        (void)fclose(file);
    if (readable && *size > 0 && *size <= IMAGE_MOST)
        return bytes;
    free(bytes);
    if (readable)
        complain(complaint, "image", "%s has %s bytes than a card can take", path, *size > 0 ? "more" : "fewer");
    else
        complain(complaint, "image", "%s cannot be read: %s", path, strerror(reason));
    return NULL;
}

/* A key that another system made is written on the card at an encoder of the desk. */
int command_write_image(struct session *session)
{
    struct complaint complaint;
    const char *path = options_value(session->settings, OPTION_IMAGE);
    kc_request *request = NULL;
    kc_op *op = NULL;
    size_t size = 0;
    if (path == NULL) {
        complain(&complaint, "image", "write-image needs --image FILE, as --image of another command made it");
        return session_complain(session, &complaint);
    }
    uint8_t *bytes = read_image(path, &size, &complaint);
    if (bytes == NULL)
        return session_complain(session, &complaint);
    int exit_status = session_request(session, &request);
    if (exit_status == EXIT_DONE) {
        int32_t status = kc_request_set_image(request, bytes, size);
        if (status == KC_OK)
            status = kc_write_image(request, &op);
        if (status != KC_OK)
            exit_status = session_fail_start(session, status);
    }
    free(bytes);
    kc_request_unref(request);
    if (op != NULL) {
        session_follow(session, op);
        exit_status = session_finish(session, op);
    }
    kc_op_unref(op);
    return exit_status;
}

int command_checkout(struct session *session)
{
    return run(session, kc_check_out);
}

int command_modify(struct session *session)
{
    return run(session, kc_modify_stay);
}

typedef int32_t key_starter(kc_request *request, const char *key_id, kc_op **op);

static int run_about_key(struct session *session, key_starter *begin)
{
    struct complaint complaint;
    const char *id = options_value(session->settings, OPTION_KEY);
    kc_request *request = NULL;
    kc_op *op = NULL;
    if (id == NULL) {
        complain(&complaint, "key", "%s needs --key ID; keycard keys shows the keys", session->settings->command);
        return session_complain(session, &complaint);
    }
    const int failed = session_request(session, &request);
    if (failed)
        return failed;
    const int32_t status = begin(request, id, &op);
    kc_request_unref(request);
    if (status != KC_OK)
        return session_fail_start(session, status);
    session_follow(session, op);
    const int exit_status = session_finish(session, op);
    kc_op_unref(op);
    return exit_status;
}

int command_cancel(struct session *session)
{
    return run_about_key(session, kc_cancel_key);
}

int command_check_mobile(struct session *session)
{
    return run_about_key(session, kc_check_mobile);
}
