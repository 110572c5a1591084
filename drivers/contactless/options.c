/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options and their meanings. */
#include "options.h"

#include <string.h>

#define UNVERIFIED " (unverified)"

enum { ENCODER_NAME_SIZE = 404 }; /* 100 characters */

const struct driver_option contactless_options[OPTION_COUNT] = {
    [OPTION_CONTENT] = {"content", "open-key", "open-key,image",
                        "What goes on cards: complete keys in the open key format, or the bytes that another lock "
                        "system returned for a card (kc_write_image())."},
    [OPTION_SITE_NUMBER] = {"site-number", "", "text",
                            "The number of the property in the open key format, 1 to 65535."},
    [OPTION_SITE_KEY] =
        {"site-key", "", "secret",
         "The key of the property in the open key format: 64 hexadecimal digits, the same in its locks."},
    [OPTION_READER] = {"reader", "auto", "auto,pn532,acr122s",
                       "What stands at a serial line; auto asks a PN532 first. A USB reader is always CCID."},
    [OPTION_LAMP] =
        {"lamp", "auto", "auto,off,acr122,acr1252",
         "The commands for lamp and buzzer; auto knows ACR122S, and by their USB numbers ACR122U, ACR1252U, "
         "ACR1255U and ACR1281U" UNVERIFIED "."},
    [OPTION_CARD_TIMEOUT] = {"card-timeout", "30000", "500..600000",
                             "Milliseconds to wait for a card, and for one to be taken away."},
    [OPTION_CARD_RETURN] = {"card-return", "5000", "0..60000",
                            "Milliseconds to wait for a card that left while it was written."},
    [OPTION_POLL_INTERVAL] = {"poll-interval", "150", "1..5000",
                              "Milliseconds between two looks for a card, only while one is awaited."},
    [OPTION_ANSWER_TIMEOUT] = {"answer-timeout", "2000", "100..60000", "Milliseconds to wait for the reader's answer."},
    [OPTION_CLASSIC_KEY] = {"classic-key", "", "secret",
                            "The key of the sectors of MIFARE Classic cards, 12 hexadecimal digits; without it these "
                            "cards are refused."},
    [OPTION_CLASSIC_KEY_TYPE] = {"classic-key-type", "A", "A,B", "Whether that is key A or key B."},
    [OPTION_CLASSIC_SECTOR] = {"classic-sector", "1", "0..39",
                               "The first sector of MIFARE Classic cards that is written; sector trailers never are."},
    [OPTION_DESFIRE_APPLICATION] = {"desfire-application", "", "text",
                                    "The application of DESFire cards, 6 hexadecimal digits; without it these cards "
                                    "are refused" UNVERIFIED "."},
    [OPTION_DESFIRE_FILE] = {"desfire-file", "1", "0..31",
                             "The standard data file of that application, which is written without a key" UNVERIFIED
                             "."},
};

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int read_hex(const char *text, uint8_t *out, size_t count)
{
    if (strlen(text) != 2 * count)
        return -1;
    for (size_t i = 0; i < count; i++) {
        int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

static int32_t read_card_options(const struct driver_link *link, struct settings *settings, struct kc_error *error)
{
    const char *key = driver_option_text(link, OPTION_CLASSIC_KEY);
    const char *application = driver_option_text(link, OPTION_DESFIRE_APPLICATION);
    struct error_quoted quoted;
    uint8_t id[3] = {0};
    settings->has_classic_key = *key != '\0';
    if (*key && read_hex(key, settings->classic_key, CLASSIC_KEY_SIZE) != 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "classic-key",
                         "The option classic-key takes 12 hexadecimal digits.");
    settings->has_application = *application != '\0';
    if (*application && read_hex(application, id, sizeof(id)) != 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "desfire-application",
                         "The option desfire-application takes 6 hexadecimal digits, not \"%s\".",
                         error_quote(&quoted, application));
    settings->application = (uint32_t)id[0] << 16 | (uint32_t)id[1] << 8 | id[2];
    settings->file = (uint8_t)driver_option_number(link, OPTION_DESFIRE_FILE);
    settings->classic_key_type = driver_option_is(link, OPTION_CLASSIC_KEY_TYPE, "B") ? CLASSIC_KEY_B : CLASSIC_KEY_A;
    settings->classic_sector = (uint8_t)driver_option_number(link, OPTION_CLASSIC_SECTOR);
    return KC_OK;
}

int32_t contactless_settings_read(const struct driver_link *link, struct settings *settings, struct kc_error *error)
{
    const char *number = driver_option_text(link, OPTION_SITE_NUMBER), *key = driver_option_text(link, OPTION_SITE_KEY);
    memset(settings, 0, sizeof(*settings));
    settings->content = driver_option_is(link, OPTION_CONTENT, "image") ? CONTENT_IMAGE : CONTENT_OPEN_KEY;
    settings->card_timeout = driver_option_number(link, OPTION_CARD_TIMEOUT);
    settings->card_return = driver_option_number(link, OPTION_CARD_RETURN);
    settings->poll_interval = driver_option_number(link, OPTION_POLL_INTERVAL);
    settings->answer_timeout = driver_option_number(link, OPTION_ANSWER_TIMEOUT);
    int32_t status = read_card_options(link, settings, error);
    settings->has_site = *number && *key; /* each can be set before the other */
    if (status == KC_OK && settings->has_site)
        status = open_key_site_read(number, key, &settings->site, error);
    return status;
}

void contactless_settings_wipe(struct settings *settings)
{
    open_key_site_wipe(&settings->site);
    memset(settings->classic_key, 0, sizeof(settings->classic_key));
    settings->has_site = settings->has_classic_key = false;
}

void contactless_profile_read(const struct settings *settings, struct driver_profile *profile)
{
    static const struct driver_profile usual = CONTACTLESS_PROFILE;
    *profile = usual;
    profile->capabilities = CONTACTLESS_CAN_ALWAYS;
    profile->capabilities |= settings->content == CONTENT_IMAGE ? CONTACTLESS_CAN_IMAGE : CONTACTLESS_CAN_OPEN_KEY;
}
