/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See feed.h. */
#include "store/feed.h"

#include <stdlib.h>
#include <string.h>

static void move_to(struct feed *feed, int64_t entry, const uint8_t link[SEAL_LINK_SIZE])
{
    size_t passed = 0;
    feed->seen = entry;
    memcpy(feed->link, link, SEAL_LINK_SIZE);
    while (passed < feed->own_count && feed->own[passed].last <= entry)
        passed++;
    if (passed == 0)
        return;
    feed->own_count -= passed;
    memmove(feed->own, feed->own + passed, feed->own_count * sizeof(*feed->own));
}

void feed_start(struct feed *feed, const struct seal_head *head)
{
    feed->on = true;
    feed->own_count = 0;
    move_to(feed, head->entries, head->chain);
}

void feed_start_anew(struct feed *feed, const struct seal_head *head)
{
    feed_start(feed, head);
    feed->anew = true;
}

void feed_stop(struct feed *feed)
{
    free(feed->own);
    *feed = (struct feed){0};
}

static bool grow(struct feed *feed)
{
    if (feed->own_count < feed->own_capacity)
        return true;
    const size_t capacity = feed->own_capacity * 2 + 16;
    struct feed_range *more = reallocarray(feed->own, capacity, sizeof(*more));
    if (!more)
        return false;
    feed->own = more;
    feed->own_capacity = capacity;
    return true;
}

void feed_own(struct feed *feed, int64_t first, int64_t last, const uint8_t link[SEAL_LINK_SIZE])
{
    if (!feed->on || last < first || last <= feed->seen)
        return;
    struct feed_range *newest = feed->own_count > 0 ? &feed->own[feed->own_count - 1] : NULL;
    if (!newest || newest->last + 1 != first) {
        if (!grow(feed)) { /* what cannot be kept apart is passed over, and said so */
            move_to(feed, last, link);
            feed->anew = true;
            return;
        }
        newest = &feed->own[feed->own_count++];
        newest->first = first;
    }
    newest->last = last;
    memcpy(newest->link, link, SEAL_LINK_SIZE);
}

int64_t feed_from(struct feed *feed, struct feed_cursor *cursor)
{
    while (feed->own_count > 0 && feed->own[0].first == feed->seen + 1)
        move_to(feed, feed->own[0].last, feed->own[0].link);
    *cursor = (struct feed_cursor){.checked = feed->seen == 0, .entry = feed->seen};
    memcpy(cursor->link, feed->link, SEAL_LINK_SIZE);
    return feed->seen;
}

static bool is_own(const struct feed *feed, int64_t entry)
{
    for (size_t i = 0; i < feed->own_count && feed->own[i].first <= entry; i++) {
        if (entry <= feed->own[i].last)
            return true;
    }
    return false;
}

enum feed_row feed_take(const struct feed *feed, struct feed_cursor *cursor, int64_t entry,
                        const uint8_t link[SEAL_LINK_SIZE])
{
    if (!cursor->checked) {
        cursor->checked = entry == feed->seen && memcmp(link, feed->link, SEAL_LINK_SIZE) == 0;
        return cursor->checked ? FEED_PASS : FEED_LOST;
    }
    cursor->entry = entry;
    memcpy(cursor->link, link, SEAL_LINK_SIZE);
    return is_own(feed, entry) ? FEED_PASS : FEED_TELL;
}

void feed_move(struct feed *feed, const struct feed_cursor *cursor)
{
    move_to(feed, cursor->entry, cursor->link);
}
