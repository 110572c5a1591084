/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans: made when a request comes for the second time, followed from the third time on. */
#include "plan.h"

#include <string.h>

#include "op.h"

/* What these come to depends on nothing in the ledger. */
static bool is_planned(const struct kc_op *op)
{
    bool alone = op->verb == KC_VERB_ISSUE_ORIGINAL || op->verb == KC_VERB_ISSUE_ONE_SHOT ||
                 op->verb == KC_VERB_READ_CARD;
    return alone && op->asked && *op->want.encoder;
}

bool plan_follow(struct kc_op *op)
{
    struct plan *plan = op->asked ? op->asked->plan : NULL;
    if (!plan || plan->verb != op->verb || plan->setup != op->context->setup)
        return false;
    int64_t now = site_now(op->site)->moment.utc;
    if (now < plan->since || now >= plan->before)
        return false;
    op->plan = plan;
    op_take_target(op, plan->system, plan->encoder);
    op->driver.request = &plan->request;
    return true;
}

/* Until when the clock changes nothing; see check_start() and check_end(). */
static int64_t holds_before(const struct kc_op *op, int64_t now)
{
    int64_t before = INT64_MAX;
    if (op->request.until.utc)
        before = op->request.until.utc;
    if (op->request.from.utc && !op->want.from.utc) /* it is the present minute */
        before = now + 60;
    else if (op->request.from.utc > now && op->request.from.utc < before)
        before = op->request.from.utc;
    return before;
}

/* Lists that are not those of the request are in the memory of the operation. */
static bool keep_list(struct arena *arena, const struct strings *own, struct strings *list)
{
    return list->items == own->items || arena_strings(arena, list, list) == 0;
}

static bool keep_texts(struct arena *arena, const struct want *want, struct plan *plan)
{
    struct driver_request *request = &plan->request;
    plan->system_name = arena_text(arena, plan->system->name);
    plan->encoder_name = arena_text(arena, plan->encoder->name);
    return plan->system_name && plan->encoder_name && keep_list(arena, &want->rooms, &request->rooms) &&
           keep_list(arena, &want->areas, &request->areas) && keep_list(arena, &want->denied, &request->denied) &&
           keep_list(arena, &want->texts, &request->texts);
}

void plan_make(struct kc_op *op)
{
    if (!is_planned(op) || op->warning_count) /* each operation is to be warned */
        return;
    struct asked *asked = op->asked;
    if (!asked->comes_again) {
        asked->comes_again = true;
        return;
    }
    struct plan *plan = arena_alloc(&asked->arena, sizeof(*plan));
    if (!plan)
        return;
    const int64_t now = site_now(op->site)->moment.utc;
    *plan = (struct plan){.setup = op->context->setup,
                          .since = now,
                          .before = holds_before(op, now),
                          .verb = op->verb,
                          .system = op->system,
                          .encoder = op->encoder,
                          .request = op->request};
    if (op->request.from.utc)
        site_format_known(op->site, &op->request.from, plan->from);
    if (op->request.until.utc)
        site_format_known(op->site, &op->request.until, plan->until);
    if (!keep_texts(&asked->arena, &op->want, plan))
        return;
    asked->outdated += asked->plan ? sizeof(*plan) + asked->plan->kept_size : 0;
    asked->plan = op->plan = plan;
}

/* What a driver keeps depends on the options, too; they do not change once a system is used. */
static struct plan *plan_of(const struct driver_op *op)
{
    return ((const struct kc_op *)(const void *)op)->plan;
}

const void *driver_op_kept(const struct driver_op *op)
{
    const struct plan *plan = plan_of(op);
    return plan ? plan->kept : NULL;
}

void *driver_op_keep(const struct driver_op *op, size_t size)
{
    struct plan *plan = plan_of(op);
    if (!plan || plan->kept)
        return NULL;
    void *memory = arena_alloc(&((const struct kc_op *)(const void *)op)->asked->arena, size);
    plan->kept = memory;
    plan->kept_size = memory ? size : 0;
    return memory;
}
