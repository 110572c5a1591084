/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kinds of cards, and which blocks of their memory are the user's. Pages and blocks that hold serial numbers, lock
 * bits, one-time bits, configuration, passwords or keys are none of these, so they cannot be written by mistake. */
#include <string.h>

#include "codec.h"

static const struct card_kind other = {.family = CARD_OTHER, .name = "a card of an unknown kind"};
static const struct card_kind desfire = {.family = CARD_DESFIRE, .name = "a DESFire, or another card that takes APDUs"};
static const struct card_kind type_2 = {
    .family = CARD_TYPE_2, .name = "an Ultralight or NTAG", .may_have_version = true};

static struct card_kind classic(uint16_t blocks, const char *name)
{
    return (struct card_kind){.family = CARD_CLASSIC, .name = name, .blocks = blocks};
}

static struct card_kind pages(uint16_t count, uint16_t dynamic_lock, uint8_t pages_per_bit, const char *name)
{
    return (struct card_kind){.family = CARD_TYPE_2,
                              .name = name,
                              .blocks = count,
                              .dynamic_lock = dynamic_lock,
                              .pages_per_bit = pages_per_bit};
}

static struct card_kind classic_mini(void)
{
    return classic(20, "a MIFARE Classic Mini");
}

static struct card_kind classic_1k(void)
{
    return classic(64, "a MIFARE Classic 1K");
}

static struct card_kind classic_4k(void)
{
    return classic(256, "a MIFARE Classic 4K");
}

/* ---- By the answer to the search, or to power-on --------------------------------------------------------------- */

/* SAK: bit 5 says that the card takes APDUs, bit 3 that it is a Classic. */
struct card_kind card_by_sak(uint16_t atqa, uint8_t sak)
{
    (void)atqa;
    if (sak & 0x20)
        return desfire;
    switch (sak) {
    case 0x00:
        return type_2;
    case 0x09:
        return classic_mini();
    case 0x08:
    case 0x88:
        return classic_1k();
    case 0x18:
        return classic_4k();
    default:
        return other;
    }
}

/* A storage card is named by two bytes behind the identifier of PC/SC (part 3, 3.1.3.2.3); one that takes APDUs has
 * historical bytes of its own. */
struct card_kind card_by_atr(const uint8_t *atr, size_t count)
{
    static const uint8_t storage[] = {0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06};
    enum { HISTORICAL = 4, NAME = HISTORICAL + sizeof(storage) + 1 };
    if (count < 2 || atr[0] != 0x3B)
        return other;
    if (count < NAME + 2 || memcmp(atr + HISTORICAL, storage, sizeof(storage)) != 0)
        return atr[1] & 0x80 ? desfire : other;
    switch (atr[NAME] << 8 | atr[NAME + 1]) {
    case 0x0001:
        return classic_1k();
    case 0x0002:
        return classic_4k();
    case 0x0026:
        return classic_mini();
    case 0x0003:
    case 0x003A:
    case 0x003D:
        return type_2;
    default:
        return other;
    }
}

/* ---- Ultralight and NTAG --------------------------------------------------------------------------------------- */

int card_by_version(const uint8_t *version, size_t count, struct card_kind *out)
{
    enum { PRODUCT = 2, SIZE = 6 };
    if (count != CARD_VERSION_SIZE || version[0] != 0x00)
        return -1;
    switch (version[PRODUCT] << 8 | version[SIZE]) {
    case 0x030B:
        *out = pages(12, 0, 0, "an Ultralight EV1 (48 bytes)");
        return 0;
    case 0x030E:
        *out = pages(32, 36, 2, "an Ultralight EV1 (128 bytes)");
        return 0;
    case 0x040F:
        *out = pages(36, 40, 2, "an NTAG213");
        return 0;
    case 0x0411:
        *out = pages(126, 130, 16, "an NTAG215");
        return 0;
    case 0x0413:
        *out = pages(222, 226, 16, "an NTAG216");
        return 0;
    default:
        return -1;
    }
}

/* The container can be written once and so be wrong: a size is only taken if it is one that exists, and then its end is
 * looked for. Less than a card has is harmless. */
int card_by_container(const uint8_t container[4], struct card_kind *out, uint8_t *probe)
{
    enum { NDEF = 0xE1 };
    *probe = 0;
    if (container[0] != NDEF)
        return -1;
    switch (container[2]) {
    case 0x06:
        *out = pages(12, 0, 0, "a card of 48 bytes");
        return 0;
    case 0x12:
        *out = pages(36, 40, 0, "a card of 144 bytes");
        *probe = 36;
        return 0;
    case 0x3E:
        *out = pages(124, 130, 0, "a card of 496 bytes");
        *probe = 124;
        return 0;
    case 0x6D:
    case 0x6F:
        *out = pages(218, 226, 0, "a card of 872 bytes");
        *probe = 220;
        return 0;
    default:
        return -1;
    }
}

struct card_kind card_by_probe(bool has_page_16)
{
    return has_page_16 ? pages(36, 40, 0, "an Ultralight C, or another card of 144 bytes")
                       : pages(12, 0, 0, "an Ultralight");
}

static bool any_bit(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i])
            return true;
    return false;
}

bool type_2_is_locked(const struct card_kind *kind, const uint8_t page_2[4], const uint8_t dynamic[4], uint16_t page)
{
    enum { STATIC_END = 16 };
    if (page < STATIC_END) /* bits 4 to 7 of the first lock byte, all of the second */
        return page_2[2 + page / 8] >> page % 8 & 1;
    if (kind->dynamic_lock == 0)
        return false;
    if (kind->pages_per_bit == 0)
        return any_bit(dynamic, 2);
    size_t bit = (size_t)(page - STATIC_END) / kind->pages_per_bit;
    return bit < 16 && (dynamic[bit / 8] >> bit % 8 & 1);
}

/* ---- MIFARE Classic -------------------------------------------------------------------------------------------- */

/* Up to block 127 a sector has 4 blocks, from there on 16; the last of each holds its keys. */
uint8_t classic_sector(uint8_t block)
{
    return (uint8_t)(block < 128 ? block / 4 : 32 + (block - 128) / 16);
}

bool classic_is_trailer(uint8_t block)
{
    return block < 128 ? block % 4 == 3 : block % 16 == 15;
}

int classic_data_block(const struct card_kind *kind, uint8_t first_sector, size_t n, uint8_t *block)
{
    for (unsigned at = 1; at < kind->blocks; at++) {
        if (classic_is_trailer((uint8_t)at) || classic_sector((uint8_t)at) < first_sector)
            continue;
        if (n-- == 0) {
            *block = (uint8_t)at;
            return 0;
        }
    }
    return -1;
}
