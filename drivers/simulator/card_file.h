/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The card in the hand at a device, as a file that programs pass on, keycard-lock among them: "track2 ;...?", a line
 * for each track with data; "raw:" and hexadecimal digits for bits that are no characters. */
#ifndef KEYCARD_SIMULATOR_CARD_FILE_H
#define KEYCARD_SIMULATOR_CARD_FILE_H

struct server;

/* Both do nothing without a file. A file that is not there is a blank card. Return 0, or -1 with errno set. */
int card_file_load(struct server *server);
int card_file_save(const struct server *server);

#endif
