/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading a library when it is first needed. */
#include "util/external.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* One at a time, so that a table is never written while another thread reads it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void put(const struct external *external, size_t place, void *symbol)
{
    memcpy((char *)external->functions + place * sizeof symbol, &symbol, sizeof symbol);
}

/* Finds every function. Returns the name of the first that is missing, or NULL. */
static const char *find_all(const struct external *external, void *library)
{
    for (size_t i = 0; i < external->count; i++) {
        void *symbol = dlsym(library, external->names[i]);
        if (symbol == NULL && i < external->needed)
            return external->names[i];
        put(external, i, symbol);
    }
    return NULL;
}

/* It stays for ever: what it has started for itself, such as threads and functions for the end of the program, lives in
 * it. Only one without a function that is needed is closed again. */
static int32_t load(struct external *external, struct kc_error *error)
{
    struct error_quoted quoted;
    void *library = dlopen(external->file, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *reason = dlerror();
        return error_set(error, KC_ERROR_SYSTEM, "",
                         "The library %s, for %s, cannot be loaded: %s. Install it, or if it is there, see to memory "
                         "and open files (ulimit -n), and try again.",
                         external->file, external->purpose, error_quote(&quoted, reason == NULL ? "" : reason));
    }
    const char *missing = find_all(external, library);
    if (missing != NULL) {
        dlclose(library);
        return error_set(error, KC_ERROR_SYSTEM, "",
                         "The library %s, for %s, is not the one that this program was built for: it has no %s. "
                         "Install a newer one.",
                         external->file, external->purpose, missing);
    }
    atomic_store_explicit(&external->loaded, true, memory_order_release);
    return KC_OK;
}

int32_t external_need(struct external *external, struct kc_error *error)
{
    if (atomic_load_explicit(&external->loaded, memory_order_acquire))
        return KC_OK;
    pthread_mutex_lock(&lock);
    const bool loaded = atomic_load_explicit(&external->loaded, memory_order_relaxed);
    const int32_t status = loaded ? KC_OK : load(external, error);
    pthread_mutex_unlock(&lock);
    return status;
}
