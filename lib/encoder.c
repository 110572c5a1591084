/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encoders of a system: by name, with the state of their last contact. */
#include <stdlib.h>
#include <string.h>

#include "op.h"

struct kc_encoder *encoder_find(struct kc_system *system, const char *name, bool make)
{
    struct kc_encoder *encoder = name_map_find(&system->encoder_names, name);
    if (encoder || !make)
        return encoder;
    const size_t size = strlen(name) + 1;
    encoder = calloc(1, sizeof(*encoder) + size);
    if (!encoder || name_map_set(&system->encoder_names, name, encoder, NULL) != 0) {
        free(encoder);
        return NULL;
    }
    encoder->system = system;
    encoder->name = memcpy(encoder + 1, name, size);
    encoder->state = KC_ENCODER_UNKNOWN;
    if (system->last_encoder)
        system->last_encoder->next = encoder;
    else
        system->encoders = encoder;
    system->last_encoder = encoder;
    system->context->setup++;
    return encoder;
}

void encoder_set_state(struct kc_encoder *encoder, int32_t state, bool heard, struct kc_op *op)
{
    if (!*encoder->name)
        return;
    if (heard)
        encoder->contact_ms = loop_wall_ms(encoder->system->context->loop);
    if (encoder->state == state)
        return;
    encoder->state = state;
    event_encoder(encoder, op);
}

kc_encoder *kc_encoder_ref(kc_encoder *encoder)
{
    if (encoder)
        kc_system_ref(encoder->system);
    return encoder;
}

kc_encoder *kc_encoder_unref(kc_encoder *encoder)
{
    if (encoder)
        kc_system_unref(encoder->system);
    return NULL;
}

const char *kc_encoder_get_name(const kc_encoder *encoder)
{
    return encoder ? encoder->name : "";
}

kc_system *kc_encoder_get_system(const kc_encoder *encoder)
{
    return encoder ? encoder->system : NULL;
}

int32_t kc_encoder_get_state(const kc_encoder *encoder)
{
    return encoder ? encoder->state : 0;
}

const char *kc_encoder_get_last_contact(const kc_encoder *encoder)
{
    if (!encoder || !encoder->contact_ms)
        return "";
    struct kc_encoder *mutable_encoder = (struct kc_encoder *)(uintptr_t)encoder; /* the text is made when asked for */
    if (!encoder->contact_text && !(mutable_encoder->contact_text = malloc(MOMENT_TEXT_SIZE)))
        return "";
    moment_format(encoder->system->site->zone, encoder->contact_ms / 1000, encoder->contact_text);
    return encoder->contact_text;
}
