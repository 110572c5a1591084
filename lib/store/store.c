/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of compiled-in stores, and what they have in common. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/marks.h"
#include "store/tables.h"
#include "store/vault.h"

const struct store_table *store_find(const char *scheme)
{
    static const struct store_table *const tables[] = {
        &sqlite_table,
        &memory_table,
        &none_table,
#ifdef KEYCARD_POSTGRESQL
        &postgresql_table,
#endif
    };
    for (size_t i = 0; scheme && i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (strcmp(tables[i]->scheme, scheme) == 0)
            return tables[i];
    }
    return NULL;
}

int32_t store_open(const char *uri, struct store **store, struct kc_error *error)
{
    struct error_quoted quoted;
    const char *colon = strchr(uri, ':');
    char scheme[32] = "";
    if (colon && colon != uri && (size_t)(colon - uri) < sizeof(scheme))
        memcpy(scheme, uri, (size_t)(colon - uri));
    const struct store_table *table = store_find(scheme);
    if (!table)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "ledger",
                         "There is no ledger of the kind \"%s\" in this build. Give sqlite:PATH, "
                         "postgresql://HOST/DATABASE, memory: or none:.",
                         error_quote(&quoted, colon ? scheme : uri));
    return table->open(colon + 1, store, error);
}

void store_close(struct store *store)
{
    while (store->table->tidy && store->table->tidy(store, false))
        ;
    vault_free(store->vault);
    marks_free(store->marks);
    arena_free(&store->running.arena);
    free(store->note);
    store->table->close(store);
}

int32_t store_keep_note(struct store *store, const char *note, struct kc_error *error)
{
    char *copy = strdup(note);
    if (!copy)
        return error_no_memory(error);
    free(store->note);
    store->note = copy;
    return KC_OK;
}

int32_t store_check_note(const struct store *store, const char *note, struct kc_error *error)
{
    if (!store->note || strcmp(store->note, note) == 0)
        return KC_OK;
    return error_set(error, KC_ERROR_LEDGER_KEY, "ledger",
                     "Another program has given the ledger a key meanwhile, or copies into it. Open it again.");
}
