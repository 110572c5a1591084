/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all programs in this folder do, whatever loop they run in: an evening at two hotels. Each hotel has a context of
 * its own and two desks; at each desk a guest arrives who wants an original and a duplicate. All desks work at once.
 *
 * A program opens the evening, watches the descriptor of each hotel, goes on with a hotel when its descriptor is
 * readable, stops watching it when its evening is over, and closes the evening. */
#ifndef EVENING_H
#define EVENING_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HOTELS 2

struct hotel;

/* The arguments of the program: PROGRAM LEDGER SALTO-URI AMBIANCE-URI. Returns true if all desks of both hotels have
 * begun; says on standard error what went wrong if not. Close it in any case. */
bool evening_open(int argc, char **argv, struct hotel *hotels[HOTELS]);
/* To be watched until it is readable. */
int hotel_descriptor(const struct hotel *hotel);
/* To be called when it is. Never blocks. Returns false when the hotel's evening is over. */
bool hotel_go_on(struct hotel *hotel);
/* Gives everything back. `loop_worked` is false if the loop itself failed. Returns the exit status of the program: 0 if
 * every key was made, 1 if not, 2 if the program was called wrongly. */
int evening_close(struct hotel *hotels[HOTELS], bool loop_worked);

#ifdef __cplusplus
}
#endif

#endif
