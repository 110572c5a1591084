/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cards: strict, so that a driver that asks for what a real card refuses is refused here, too. */
#include "simulator_card.h"

#include <string.h>

enum { NO_SECTOR = -1, PAGES_AT_ONCE = 4, CLASSIC_4K_BLOCKS = 256, CLASSIC_1K_BLOCKS = 64 };

static const struct {
    uint8_t size_code; /* of the version; 0: has none */
    uint8_t container;
    uint16_t pages, user_pages, dynamic_lock;
} type_2[] = {
    [SIMULATED_NTAG213] = {0x0F, 0x12, 45, 36, 40},    [SIMULATED_NTAG215] = {0x11, 0x3E, 135, 126, 130},
    [SIMULATED_NTAG216] = {0x13, 0x6D, 231, 222, 226}, [SIMULATED_ULTRALIGHT] = {0, 0, 16, 12, 0},
    [SIMULATED_ULTRALIGHT_C] = {0, 0, 48, 36, 40},
};

static bool is_type_2(const struct simulated_card *card)
{
    return card->type <= SIMULATED_ULTRALIGHT_C;
}

static bool is_classic(const struct simulated_card *card)
{
    return card->type == SIMULATED_CLASSIC_1K || card->type == SIMULATED_CLASSIC_4K;
}

/* ---- New ones -------------------------------------------------------------------------------------------------- */

static void make_type_2(struct simulated_card *card)
{
    static const uint8_t first_pages[] = {0x03, 0x00, 0xFE};
    card->size = (size_t)type_2[card->type].pages * TYPE_2_PAGE;
    card->target.atqa = 0x0044;
    card->target.sak = 0x00;
    memcpy(card->memory, card->target.uid, card->target.uid_size < 8 ? card->target.uid_size : 8);
    if (type_2[card->type].container == 0)
        return;
    card->memory[12] = 0xE1;
    card->memory[13] = 0x10;
    card->memory[14] = type_2[card->type].container;
    memcpy(card->memory + 16, first_pages, sizeof(first_pages));
}

static void make_classic(struct simulated_card *card)
{
    static const uint8_t trailer[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x07,
                                      0x80, 0x69, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    const unsigned blocks = card->type == SIMULATED_CLASSIC_1K ? CLASSIC_1K_BLOCKS : CLASSIC_4K_BLOCKS;
    card->size = (size_t)blocks * CLASSIC_BLOCK;
    card->target.atqa = card->type == SIMULATED_CLASSIC_1K ? 0x0004 : 0x0002;
    card->target.sak = card->type == SIMULATED_CLASSIC_1K ? 0x08 : 0x18;
    memcpy(card->memory, card->target.uid, card->target.uid_size);
    for (unsigned block = 0; block < blocks; block++)
        if (classic_is_trailer((uint8_t)block))
            memcpy(card->memory + block * CLASSIC_BLOCK, trailer, sizeof(trailer));
}

void simulated_card_make(struct simulated_card *card, enum simulated_type type, const uint8_t *uid, size_t uid_size)
{
    static const uint8_t ats[] = {0x06, 0x75, 0x77, 0x81, 0x02, 0x80};
    memset(card, 0, sizeof(*card));
    card->type = type;
    memcpy(card->target.uid, uid, uid_size);
    card->target.uid_size = uid_size;
    simulated_card_wake(card);
    if (is_type_2(card)) {
        make_type_2(card);
    } else if (is_classic(card)) {
        make_classic(card);
    } else {
        card->size = 512;
        card->application = 0x123456;
        card->file = 1;
        card->target.atqa = 0x0344;
        card->target.sak = 0x20;
        memcpy(card->target.ats, ats, sizeof(ats));
        card->target.ats_size = sizeof(ats);
    }
}

void simulated_card_wake(struct simulated_card *card)
{
    card->silent = false;
    card->open_sector = NO_SECTOR;
    card->selected = false;
}

/* ---- Ultralight and NTAG --------------------------------------------------------------------------------------- */

static enum simulated_reply refuse(struct simulated_card *card)
{
    card->silent = true; /* a refusal sends it back to where it must be found anew */
    return SIMULATED_REFUSAL;
}

static enum simulated_reply read_pages(struct simulated_card *card, uint8_t page, uint8_t *answer, size_t *count)
{
    const size_t pages = card->size / TYPE_2_PAGE;
    const size_t readable = card->type == SIMULATED_ULTRALIGHT_C ? pages - 4 : pages; /* not the keys */
    if (page >= readable)
        return refuse(card);
    for (size_t i = 0; i < PAGES_AT_ONCE; i++)
        memcpy(answer + i * TYPE_2_PAGE, card->memory + (page + i) % readable * TYPE_2_PAGE, TYPE_2_PAGE);
    *count = (size_t)PAGES_AT_ONCE * TYPE_2_PAGE;
    return SIMULATED_ANSWER;
}

static bool is_locked(const struct simulated_card *card, uint8_t page)
{
    static const uint8_t none[4];
    struct card_kind kind = card_by_probe(true);
    const uint16_t lock_page = type_2[card->type].dynamic_lock;
    const uint8_t version[] = {0, 4, 4, 2, 1, 0, type_2[card->type].size_code, 3};
    if (type_2[card->type].size_code != 0)
        (void)card_by_version(version, sizeof(version), &kind);
    if (lock_page == 0)
        kind.dynamic_lock = 0;
    return type_2_is_locked(&kind, card->memory + 8, lock_page ? card->memory + lock_page * TYPE_2_PAGE : none, page);
}

static enum simulated_reply write_page(struct simulated_card *card, uint8_t page, const uint8_t *data)
{
    uint8_t *at = card->memory + page * TYPE_2_PAGE;
    const uint16_t user_end = (uint16_t)(TYPE_2_FIRST_PAGE + type_2[card->type].user_pages);
    if (page < 2 || (size_t)page * TYPE_2_PAGE >= card->size)
        return refuse(card);
    if (page < TYPE_2_FIRST_PAGE || page >= user_end)
        card->forbidden_writes++;
    if (page >= TYPE_2_FIRST_PAGE && page < user_end && is_locked(card, page))
        return refuse(card);
    card->writes++;
    for (size_t i = 0; i < TYPE_2_PAGE; i++) /* lock and one-time bits are only ever set */
        at[i] = page == 2 || page == 3 ? (uint8_t)(at[i] | (page == 2 && i < 2 ? 0 : data[i])) : data[i];
    return SIMULATED_ANSWER;
}

static enum simulated_reply do_type_2(struct simulated_card *card, const uint8_t *command, size_t count,
                                      uint8_t *answer, size_t *answer_count)
{
    const uint8_t version[] = {0, 4, 4, 2, 1, 0, type_2[card->type].size_code, 3};
    if (count == 2 && command[0] == 0x30)
        return read_pages(card, command[1], answer, answer_count);
    if (count == 6 && command[0] == 0xA2)
        return write_page(card, command[1], command + 2);
    if (count == 1 && command[0] == CARD_GET_VERSION && version[6] != 0) {
        memcpy(answer, version, sizeof(version));
        *answer_count = sizeof(version);
        return SIMULATED_ANSWER;
    }
    return refuse(card);
}

/* ---- MIFARE Classic -------------------------------------------------------------------------------------------- */

static bool exists(const struct simulated_card *card, uint8_t block)
{
    return (size_t)block * CLASSIC_BLOCK < card->size;
}

static uint8_t trailer_of(uint8_t block)
{
    return block < 128 ? block | 3 : block | 15;
}

static enum simulated_reply authenticate(struct simulated_card *card, const uint8_t *command, size_t count)
{
    const uint8_t *uid = card->target.uid + card->target.uid_size - 4;
    card->open_sector = NO_SECTOR;
    if (count != 12 || !exists(card, command[1]))
        return refuse(card);
    const uint8_t *trailer = card->memory + trailer_of(command[1]) * CLASSIC_BLOCK;
    const uint8_t *key = trailer + (command[0] == 0x60 ? 0 : 10);
    if (memcmp(command + 2, key, CLASSIC_KEY_SIZE) != 0 || memcmp(command + 8, uid, 4) != 0) {
        card->silent = true;
        return SIMULATED_SILENCE;
    }
    card->open_sector = classic_sector(command[1]);
    return SIMULATED_ANSWER;
}

static enum simulated_reply do_classic(struct simulated_card *card, const uint8_t *command, size_t count,
                                       uint8_t *answer, size_t *answer_count)
{
    if (count > 0 && (command[0] == 0x60 || command[0] == 0x61))
        return authenticate(card, command, count);
    if (count < 2 || !exists(card, command[1]) || card->open_sector != classic_sector(command[1]))
        return refuse(card);
    uint8_t *block = card->memory + command[1] * CLASSIC_BLOCK;
    if (command[0] == 0x30 && count == 2) {
        memcpy(answer, block, CLASSIC_BLOCK);
        if (classic_is_trailer(command[1]))
            memset(answer, 0, CLASSIC_KEY_SIZE);
        *answer_count = CLASSIC_BLOCK;
        return SIMULATED_ANSWER;
    }
    if (command[0] != 0xA0 || count != 2 + CLASSIC_BLOCK || command[1] == 0)
        return refuse(card);
    card->forbidden_writes += classic_is_trailer(command[1]) || command[1] < 4;
    card->writes++;
    memcpy(block, command + 2, CLASSIC_BLOCK);
    return SIMULATED_ANSWER;
}

/* ---- DESFire --------------------------------------------------------------------------------------------------- */

static enum simulated_reply say(uint8_t *answer, size_t *count, size_t data, uint8_t status)
{
    answer[data] = 0x91;
    answer[data + 1] = status;
    *count = data + 2;
    return SIMULATED_ANSWER;
}

static uint32_t number_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
}

static enum simulated_reply do_file(struct simulated_card *card, const uint8_t *command, size_t length, uint8_t *answer,
                                    size_t *count)
{
    enum { DATA = 12, HEAD = 7 };
    const uint32_t offset = number_at(command + 6), size = number_at(command + 9);
    if (!card->selected || command[5] != card->file)
        return say(answer, count, 0, 0xF0);
    if (offset > card->size || size > card->size - offset)
        return say(answer, count, 0, 0xBE);
    if (command[1] == 0xBD) {
        if (size > 59) /* longer answers come in frames, which this one does not have */
            return say(answer, count, 0, 0x7E);
        memcpy(answer, card->memory + offset, size);
        return say(answer, count, size, 0x00);
    }
    if (size != length - HEAD || size > 52)
        return say(answer, count, 0, 0x7E);
    card->writes++;
    memcpy(card->memory + offset, command + DATA, size);
    return say(answer, count, 0, 0x00);
}

static enum simulated_reply do_desfire(struct simulated_card *card, const uint8_t *command, size_t count,
                                       uint8_t *answer, size_t *answer_count)
{
    if (count < 6 || command[0] != 0x90 || (size_t)command[4] + 6 != count)
        return say(answer, answer_count, 0, 0x7E);
    if (command[1] == 0x5A && command[4] == 3) {
        card->selected = number_at(command + 5) == card->application;
        return say(answer, answer_count, 0, card->selected ? 0x00 : 0xA0);
    }
    if ((command[1] == 0xBD && command[4] == 7) || (command[1] == 0x3D && command[4] > 7))
        return do_file(card, command, command[4], answer, answer_count);
    return say(answer, answer_count, 0, 0x1C);
}

/* ---- All ------------------------------------------------------------------------------------------------------- */

enum simulated_reply simulated_card_do(struct simulated_card *card, const uint8_t *command, size_t count,
                                       uint8_t answer[256], size_t *answer_count)
{
    *answer_count = 0;
    if (card->silent || count == 0)
        return SIMULATED_SILENCE;
    if (is_type_2(card))
        return do_type_2(card, command, count, answer, answer_count);
    return is_classic(card) ? do_classic(card, command, count, answer, answer_count)
                            : do_desfire(card, command, count, answer, answer_count);
}

bool simulated_card_is_write(const struct simulated_card *card, const uint8_t *command, size_t count)
{
    if (is_type_2(card))
        return count == 6 && command[0] == 0xA2;
    if (is_classic(card))
        return count == 2 + CLASSIC_BLOCK && command[0] == 0xA0;
    return count > 12 && command[0] == 0x90 && command[1] == 0x3D;
}

size_t simulated_card_user_memory(const struct simulated_card *card, uint8_t out[SIMULATED_MEMORY])
{
    size_t count = 0;
    uint8_t block;
    if (is_type_2(card)) {
        count = (size_t)type_2[card->type].user_pages * TYPE_2_PAGE;
        memcpy(out, card->memory + TYPE_2_FIRST_PAGE * TYPE_2_PAGE, count);
    } else if (is_classic(card)) {
        const struct card_kind kind = card_by_sak(card->target.atqa, card->target.sak);
        for (size_t i = 0; classic_data_block(&kind, 1, i, &block) == 0; i++, count += CLASSIC_BLOCK)
            memcpy(out + count, card->memory + block * CLASSIC_BLOCK, CLASSIC_BLOCK);
    } else {
        count = card->size;
        memcpy(out, card->memory, count);
    }
    return count;
}

size_t simulated_card_atr(const struct simulated_card *card, uint8_t out[32])
{
    static const uint8_t storage[] = {0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00,
                                      0x03, 0x06, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
    static const uint8_t apdus[] = {0x3B, 0x81, 0x80, 0x01, 0x80, 0x80};
    if (card->type == SIMULATED_DESFIRE) {
        memcpy(out, apdus, sizeof(apdus));
        return sizeof(apdus);
    }
    memcpy(out, storage, sizeof(storage));
    out[14] = card->type == SIMULATED_CLASSIC_1K     ? 0x01
              : card->type == SIMULATED_CLASSIC_4K   ? 0x02
              : card->type == SIMULATED_ULTRALIGHT_C ? 0x3A
                                                     : 0x03;
    out[sizeof(storage)] = 0;
    for (size_t i = 1; i < sizeof(storage); i++)
        out[sizeof(storage)] ^= out[i];
    return sizeof(storage) + 1;
}
