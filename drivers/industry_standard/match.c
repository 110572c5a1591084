/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which operation an answer belongs to. */
#include <string.h>

#include "state.h"

bool is_under_way(const struct exchange *exchange)
{
    return exchange->sent > 0 && exchange->phase != PHASE_OVER;
}

bool is_answer(const struct industry_frame *frame)
{
    struct industry_field code = frame->fields[0];
    if (frame->has_command)
        return true;
    return code.length == 2 && code.bytes[0] >= 'A' && code.bytes[0] <= 'Z' &&
           ((code.bytes[1] >= 'A' && code.bytes[1] <= 'Z') || (code.bytes[1] >= '0' && code.bytes[1] <= '9'));
}

static uint8_t upper(uint8_t letter)
{
    return letter >= 'a' && letter <= 'f' ? (uint8_t)(letter - 'a' + 'A') : letter;
}

/* The serial number of a card may come back in small letters. */
static bool same_digits(struct industry_field a, struct industry_field b)
{
    for (size_t i = 0; i < a.length && i < b.length; i++)
        if (upper(a.bytes[i]) != upper(b.bytes[i]))
            return false;
    return a.length == b.length;
}

static struct industry_field without_prefix(struct industry_field phone)
{
    size_t skip = 0;
    if (phone.length > 0 && phone.bytes[0] == '+')
        skip = 1;
    else if (phone.length > 1 && phone.bytes[0] == '0' && phone.bytes[1] == '0')
        skip = 2;
    return (struct industry_field){phone.bytes + skip, phone.length - skip};
}

/* Field 1 of the answer is field 1 of the request. A phone may come back with the other prefix. */
static bool is_named(const struct exchange *exchange, const struct industry_frame *frame)
{
    struct industry_field id = exchange->id, named = frame->fields[1];
    if (exchange->command >= INDUSTRY_CNM && exchange->command <= INDUSTRY_CCMB && id.length > 2 && named.length > 2)
        return industry_field_equal(without_prefix(id), without_prefix(named));
    if (exchange->command == INDUSTRY_CNB || exchange->command == INDUSTRY_CCB)
        return same_digits(id, named);
    return industry_field_equal(id, named);
}

enum echo echo_of(const struct exchange *exchange, int32_t copies, const struct industry_frame *frame)
{
    enum industry_command command = frame->command;
    int32_t digit = frame->digit;
    if (!frame->has_command)
        return ECHO_ERROR;
    if (digit != -1 && digit != exchange->digit && !(digit == 1 && exchange->digit == -1 && copies == 1))
        return ECHO_OTHER;
    if (command == exchange->command)
        return ECHO_SAME;
    bool original = (command == INDUSTRY_CN && exchange->command == INDUSTRY_CC) ||
                    (command == INDUSTRY_CNM && exchange->command == INDUSTRY_CCM) ||
                    (command == INDUSTRY_CNMB && exchange->command == INDUSTRY_CCMB) ||
                    (command == INDUSTRY_CNB && exchange->command == INDUSTRY_CCB);
    return original ? ECHO_ORIGINAL : ECHO_OTHER;
}

/* The same answer once more, which names another encoder than that of the request. */
static bool is_repeated(const struct line *line, const struct industry_frame *frame)
{
    return frame->fields[1].length > 0 && !line->last_answer.failed &&
           industry_field_equal(line->decoder.frame, field_of_buf(&line->last_answer));
}

/* An encoder's name may be written differently in an error, or something else may stand there. But if it is the name of
 * another encoder of the lock system, the error is not about this request. */
static bool names_another(const struct driver_link *link, struct industry_field named)
{
    char name[128];
    if (named.length == 0 || named.length >= sizeof(name) || !line_of(link)->settings.check_answer_encoder)
        return false;
    memcpy(name, named.bytes, named.length);
    name[named.length] = '\0';
    return strlen(name) == named.length && driver_encoder_is_known(link, name);
}

/* Whether an answer of this kind may leave open whose it is, if only one can be meant. Error codes may come without
 * anything behind them; what stands in the answers to CO, MC and CP is not known. */
static bool may_be_nameless(const struct line *line, const struct exchange *exchange, enum echo echo,
                            const struct industry_frame *frame)
{
    if (is_repeated(line, frame))
        return false;
    return echo == ECHO_ERROR || frame->fields[1].length == 0 || !line->settings.check_answer_encoder ||
           exchange->command == INDUSTRY_CO || exchange->command == INDUSTRY_MC || exchange->command == INDUSTRY_CP;
}

struct driver_op *owner_of(struct driver_link *link, const struct industry_frame *frame)
{
    struct line *line = line_of(link);
    struct driver_op *only = NULL;
    size_t count = 0;
    for (struct driver_op *op = driver_link_next_op(link, NULL); op; op = driver_link_next_op(link, op)) {
        const struct exchange *exchange = exchange_of(op);
        if (!is_under_way(exchange))
            continue;
        enum echo echo = echo_of(exchange, op->request->copies, frame);
        if (echo == ECHO_OTHER)
            continue;
        if (is_named(exchange, frame))
            return op;
        if (may_be_nameless(line, exchange, echo, frame) &&
            (echo != ECHO_ERROR || !names_another(link, frame->fields[1])))
            only = op;
        count++;
    }
    return count == 1 && line->orphans.length == 0 ? only : NULL;
}
