/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* EX, which empties an encoder: whose it is, and which ACK and answer belong to it. */
#include "state.h"

struct driver_op *choose_eject(struct driver_link *link)
{
    if (!line_of(link)->settings.eject)
        return NULL;
    for (struct driver_op *op = driver_link_next_op(link, NULL); op; op = driver_link_next_op(link, op))
        if (exchange_of(op)->eject == EJECT_DUE && exchange_of(op)->phase == PHASE_ANSWER)
            return op;
    return NULL;
}

void hear_eject(struct driver_link *link, bool accepted)
{
    for (struct driver_op *op = driver_link_next_op(link, NULL); op; op = driver_link_next_op(link, op)) {
        struct exchange *exchange = exchange_of(op);
        if (exchange->eject != EJECT_SENT || exchange->eject_acknowledged || exchange->phase != PHASE_ANSWER)
            continue;
        trace_note(link, false, accepted ? "ACK" : "NAK");
        exchange->eject_acknowledged = accepted;
        if (!accepted)
            exchange->eject = EJECT_NONE;
    }
}

static bool waits_for(const struct exchange *exchange, struct industry_field id)
{
    return exchange->eject == EJECT_SENT && exchange->phase != PHASE_OVER &&
           (id.length == 0 || industry_field_equal(id, exchange->id));
}

enum eject_match match_eject(struct driver_link *link, const struct industry_frame *frame, struct driver_op **owner)
{
    if (!(line_of(link)->settings.dialect->commands >> INDUSTRY_EX & 1))
        return EJECT_IS_OTHER;
    bool error = !frame->has_command;
    bool echo = !error && frame->command == INDUSTRY_EX;
    if (!echo && !error)
        return EJECT_IS_OTHER;
    for (struct driver_op *op = driver_link_next_op(link, NULL); op; op = driver_link_next_op(link, op)) {
        if (!waits_for(exchange_of(op), frame->fields[1]))
            continue;
        *owner = op;
        if (echo || exchange_of(op)->phase == PHASE_EJECT)
            return EJECT_IS_ANSWERED;
        return industry_field_is(frame->fields[0], "ED") ? EJECT_IS_OTHER : EJECT_IS_OPEN;
    }
    return echo ? EJECT_IS_STRAY : EJECT_IS_OTHER;
}
