/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a mistyped name may have meant. */
#ifndef EXAMPLES_NEAREST_H
#define EXAMPLES_NEAREST_H

/* The known name that is nearest to a mistyped one, or NULL if none is near. `names` ends with NULL. */
const char *nearest_name(const char *name, const char *const *names);

#endif
