/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers tests about the lock system behind a `virtual:` link; see virtual.h. */
#include "virtual.h"

#include "options.h"

static const struct virtual_link *state_of(const struct driver_link *link)
{
    return link->data;
}

size_t virtual_request_count(const struct driver_link *link)
{
    return (size_t)state_of(link)->request_count;
}

size_t virtual_effect_count(const struct driver_link *link)
{
    return state_of(link)->model.effect_count;
}

const struct virtual_effect *virtual_effect_get(const struct driver_link *link, size_t index)
{
    const struct model *model = &state_of(link)->model;
    if (index >= model->effect_count || model->effect_count - index > VIRTUAL_KEPT)
        return NULL;
    return &model->effects[index % VIRTUAL_KEPT];
}

size_t virtual_card_count(const struct driver_link *link)
{
    return state_of(link)->model.card_count;
}

bool virtual_card_opens(const struct driver_link *link, size_t card, const char *room)
{
    const struct model_card *found = model_card(&state_of(link)->model, card);
    return found != NULL && model_card_opens(found, room);
}

int32_t virtual_card_kind(const struct driver_link *link, size_t card)
{
    const struct model_card *found = model_card(&state_of(link)->model, card);
    return found != NULL ? found->kind : 0;
}

const char *virtual_card_serial(const struct driver_link *link, size_t card)
{
    const struct model_card *found = model_card(&state_of(link)->model, card);
    return found != NULL ? found->serial : "";
}

bool virtual_room_occupied(const struct driver_link *link, const char *room)
{
    const struct model_room *found = model_room(&state_of(link)->model, room);
    return found != NULL && found->occupied;
}
