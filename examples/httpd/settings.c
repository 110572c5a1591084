/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be set, and reading what was set. */
#include "settings.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/ini_file.h"
#include "../common/nearest.h"

enum { LARGEST_PEM = 256 * 1024, DIGEST_DIGITS = 64 };

static const struct fact {
    const char *section, *name, *value; /* value: the default */
    bool is_switch;
} facts[] = {
    {"httpd", "listen", "127.0.0.1:8490", false},
    {"httpd", "allow-remote", "no", true},
    {"httpd", "certificate", "", false},
    {"httpd", "private-key", "", false},
    {"keycard", "ledger", "", false},
    {"keycard", "site", "hotel", false},
    {"keycard", "time-zone", "UTC", false},
    {"keycard", "check-in", "15:00", false},
    {"keycard", "check-out", "11:00", false},
};
enum { FACTS = sizeof facts / sizeof *facts };

struct reading {
    struct settings *settings;
    const struct ini_file *file;
    char *fault;
    size_t size;
};

#define fail(reading, ...) ini_file_complain((reading)->file, (reading)->fault, (reading)->size, __VA_ARGS__)

static bool fail_unknown(const struct reading *reading, const char *what, const char *name, const char *const *names)
{
    const char *nearest = nearest_name(name, names);
    if (nearest != NULL)
        return fail(reading, "%s \"%s\"; did you mean \"%s\"?", what, name, nearest);
    return fail(reading, "%s \"%s\"", what, name);
}

/* ---- Sections -------------------------------------------------------------------------------------------------- */

static bool add(const struct reading *reading, struct pairs *pairs, const char *section, const char *name,
                const char *value)
{
    return pairs_add(pairs, section, name, value) || fail(reading, "memory is used up");
}

static bool take_value(const struct reading *reading, const char *section, const char *name, const char *value)
{
    const char *names[FACTS + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < FACTS; i++) {
        if (strcmp(facts[i].section, section) != 0)
            continue;
        names[count++] = facts[i].name;
        if (strcmp(facts[i].name, name) != 0)
            continue;
        if (pairs_find(&reading->settings->values, "", name) != NULL)
            return fail(reading, "\"%s\" is given twice", name);
        if (facts[i].is_switch && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
            return fail(reading, "%s is yes or no, not \"%s\"", name, value);
        return add(reading, &reading->settings->values, "", name, value);
    }
    char what[80];
    (void)snprintf(what, sizeof what, "the section [%s] knows no", section);
    return fail_unknown(reading, what, name, names);
}

/* Two holders of one token: which of them asks, and what may he? */
static const char *find_digest(const struct pairs *tokens, const char *digest)
{
    for (size_t i = 0; i < tokens->count; i++) {
        if (strcmp(tokens->items[i].name, "sha256") == 0 && strcmp(tokens->items[i].value, digest) == 0)
            return tokens->items[i].section;
    }
    return NULL;
}

/* The name becomes the operator of what is asked for, so it must be text. */
static bool is_text(const char *name)
{
    json_t *text = json_string(name);
    json_decref(text);
    return text != NULL;
}

static bool take_token(const struct reading *reading, const char *token, const char *name, const char *value)
{
    static const char *const names[] = {"sha256", "may", NULL};
    const char *other = find_digest(&reading->settings->tokens, value);
    if (!is_text(token))
        return fail(reading, "the name of this token is not UTF-8");
    if (pairs_find(&reading->settings->tokens, token, name) != NULL)
        return fail(reading, "\"%s\" is given twice", name);
    if (strcmp(name, "sha256") == 0) {
        if (strlen(value) != DIGEST_DIGITS || strspn(value, "0123456789abcdef") != DIGEST_DIGITS)
            return fail(reading, "sha256 is what keycard-httpd --new-token shows: 64 digits 0-9 and a-f");
        if (other != NULL)
            return fail(reading, "this is the token of [token %s] already; each needs one of its own", other);
    } else if (strcmp(name, "may") != 0) {
        return fail_unknown(reading, "a token knows no", name, names);
    } else if (strcmp(value, "all") != 0 && strcmp(value, "read") != 0) {
        return fail(reading, "may is all or read, not \"%s\"", value);
    }
    return add(reading, &reading->settings->tokens, token, name, value);
}

/* What follows the word of a section such as "system salto", or NULL. */
static const char *named(const char *section, const char *word)
{
    const size_t length = strlen(word);
    if (strncmp(section, word, length) != 0 || (section[length] != ' ' && section[length] != '\t'))
        return NULL;
    const char *name = section + length + strspn(section + length, " \t");
    return name[0] != '\0' ? name : NULL;
}

static bool take_line(void *user, const char *section, const char *name, const char *value)
{
    static const char *const sections[] = {"httpd", "keycard", "policy", "system", "token", NULL};
    const struct reading *reading = user;
    struct settings *settings = reading->settings;
    const char *system = named(section, "system"), *token = named(section, "token");
    if (strcmp(section, "httpd") == 0 || strcmp(section, "keycard") == 0)
        return take_value(reading, section, name, value);
    if (strcmp(section, "policy") == 0)
        return add(reading, &settings->policies, "", name, value);
    if (token != NULL)
        return take_token(reading, token, name, value);
    if (system != NULL) {
        if (strcmp(name, "uri") == 0 && pairs_find(&settings->systems, system, name) != NULL)
            return fail(reading, "a second uri for the system \"%s\"", system);
        return add(reading, &settings->systems, system, name, value);
    }
    if (section[0] == '\0')
        return fail(reading, "before the first section, such as [httpd], stands \"%s\"", name);
    return fail_unknown(reading, "there is no section", section, sections);
}

/* ---- The whole ------------------------------------------------------------------------------------------------- */

static char *read_pem(const struct reading *reading, const char *name)
{
    const char *path = settings_value(reading->settings, name);
    FILE *file = fopen(path, "re");
    char *text = file != NULL ? calloc(1, LARGEST_PEM) : NULL;
    const size_t size = text != NULL ? fread(text, 1, LARGEST_PEM, file) : 0;
    const bool good = text != NULL && !ferror(file) && size < LARGEST_PEM && strstr(text, "-----BEGIN ") != NULL;
    if (!good && file == NULL)
        (void)fail(reading, "%s \"%s\" cannot be read: %s", name, path, strerror(errno));
    else if (!good)
        (void)fail(reading, "%s \"%s\" is no PEM file", name, path);
    if (file != NULL)
        fclose(file);
    if (!good)
        free(text);
    return good ? text : NULL;
}

/* No pass phrase: nobody is there to type it. */
static int refuse_phrase(char *buffer, int size, int writing, void *user)
{
    (void)buffer, (void)size, (void)writing, (void)user;
    return -1;
}

/* The web server would only say that it cannot start. */
static bool check_pair(const struct reading *reading)
{
    const struct settings *settings = reading->settings;
    BIO *one = BIO_new_mem_buf(settings->certificate, -1), *other = BIO_new_mem_buf(settings->private_key, -1);
    X509 *certificate = one != NULL ? PEM_read_bio_X509(one, NULL, NULL, NULL) : NULL;
    EVP_PKEY *key = other != NULL ? PEM_read_bio_PrivateKey(other, NULL, refuse_phrase, NULL) : NULL;
    bool good = false;
    if (certificate == NULL)
        (void)fail(reading, "certificate \"%s\" holds no certificate", settings_value(settings, "certificate"));
    else if (key == NULL)
        (void)fail(reading, "private-key \"%s\" holds no private key without a pass phrase",
                   settings_value(settings, "private-key"));
    else if (X509_check_private_key(certificate, key) != 1)
        (void)fail(reading, "private-key \"%s\" is not that of certificate \"%s\"",
                   settings_value(settings, "private-key"), settings_value(settings, "certificate"));
    else
        good = true;
    ERR_clear_error();
    EVP_PKEY_free(key);
    X509_free(certificate);
    BIO_free(other);
    BIO_free(one);
    return good;
}

static bool check_tls(const struct reading *reading)
{
    struct settings *settings = reading->settings;
    const bool certificate = settings_value(settings, "certificate")[0] != '\0';
    const bool key = settings_value(settings, "private-key")[0] != '\0';
    if (certificate != key)
        return fail(reading, "TLS needs both certificate = FILE and private-key = FILE");
    if (!certificate)
        return strcmp(settings_value(settings, "allow-remote"), "yes") != 0 ||
               fail(reading, "allow-remote = yes needs TLS: certificate = FILE and private-key = FILE");
    settings->certificate = read_pem(reading, "certificate");
    settings->private_key = settings->certificate != NULL ? read_pem(reading, "private-key") : NULL;
    return settings->private_key != NULL && check_pair(reading);
}

static bool check_whole(struct reading *reading)
{
    const struct settings *settings = reading->settings;
    const struct ini_file whole = {.path = reading->file->path};
    reading->file = &whole; /* it is about no single line */
    if (settings_value(settings, "ledger")[0] == '\0')
        return fail(reading, "say in [keycard] where keys are recorded: ledger = sqlite:PATH");
    if (settings->systems.count == 0)
        return fail(reading, "no lock system is named: [system NAME] with uri = URI");
    for (size_t i = 0; i < settings->systems.count; i++) {
        const char *system = settings->systems.items[i].section;
        if (pairs_find(&settings->systems, system, "uri") == NULL)
            return fail(reading, "the section [system %s] has no uri", system);
    }
    if (settings->tokens.count == 0)
        return fail(reading, "nobody could ask: [token NAME] with sha256 = HASH, of keycard-httpd --new-token");
    for (size_t i = 0; i < settings->tokens.count; i++) {
        const char *token = settings->tokens.items[i].section;
        if (pairs_find(&settings->tokens, token, "sha256") == NULL)
            return fail(reading, "the section [token %s] has no sha256", token);
    }
    return check_tls(reading);
}

bool settings_read(const char *path, struct settings *settings, char *fault, size_t size)
{
    struct ini_file file = {.path = path, .take = take_line};
    struct reading reading = {.settings = settings, .file = &file, .fault = fault, .size = size};
    file.user = &reading;
    return ini_file_read_or_say(&file, fault, size) && check_whole(&reading);
}

void settings_free(struct settings *settings)
{
    pairs_free(&settings->values);
    pairs_free(&settings->policies);
    pairs_free(&settings->systems);
    pairs_free(&settings->tokens);
    free(settings->certificate);
    if (settings->private_key != NULL)
        explicit_bzero(settings->private_key, strlen(settings->private_key));
    free(settings->private_key);
}

const char *settings_value(const struct settings *settings, const char *name)
{
    const char *value = pairs_find(&settings->values, "", name);
    for (size_t i = 0; value == NULL && i < FACTS; i++) {
        if (strcmp(facts[i].name, name) == 0)
            value = facts[i].value;
    }
    return value;
}
