/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys in the main loop of GLib, so in GTK too: a source for the descriptor, and its data is the hotel. */
#include <glib-unix.h>

#include "evening.h"

struct evening {
    GMainLoop *loop;
    int open;
    gboolean failed;
};

struct watch {
    struct evening *evening;
    struct hotel *hotel;
};

static gboolean readable(gint descriptor, GIOCondition condition, gpointer data)
{
    struct watch *watch = data;
    (void)descriptor;
    if ((condition & (G_IO_ERR | G_IO_NVAL)) != 0)
        watch->evening->failed = TRUE;
    else if (hotel_go_on(watch->hotel))
        return G_SOURCE_CONTINUE;
    if (--watch->evening->open == 0)
        g_main_loop_quit(watch->evening->loop);
    return G_SOURCE_REMOVE;
}

int main(int argc, char **argv)
{
    struct hotel *hotels[HOTELS];
    bool good = evening_open(argc, argv, hotels);
    if (good) {
        struct evening evening = {g_main_loop_new(NULL, FALSE), HOTELS, FALSE};
        struct watch watches[HOTELS];
        for (int number = 0; number < HOTELS; number++) {
            watches[number] = (struct watch){&evening, hotels[number]};
            g_unix_fd_add(hotel_descriptor(hotels[number]), G_IO_IN, readable, &watches[number]);
        }
        g_main_loop_run(evening.loop);
        g_main_loop_unref(evening.loop);
        good = !evening.failed;
    }
    return evening_close(hotels, good);
}
