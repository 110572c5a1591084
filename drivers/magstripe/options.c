/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of options, and from their texts to settings. */
#include "options.h"

#include <string.h>

#define UNVERIFIED " (unverified)"

const struct driver_option magstripe_options[OPTION_COUNT] = {
    [OPTION_CONTENT] =
        {"content", "open-key", "open-key,image,tracks",
         "What keys are: open-key an open key on track 2; tracks the text lines of the request, line 1 on "
         "track 1 and so on; image none, only the bytes of kc_write_image() are written."},
    [OPTION_SITE_NUMBER] = {"site-number", "", "text", "The number of the property in its open keys, 1 to 65535."},
    [OPTION_SITE_KEY] = {"site-key", "", "secret",
                         "The secret that encoders and locks of the property share: 64 hexadecimal digits."},
    [OPTION_IMAGE_FORM] =
        {"image-form", "text", "text,bits",
         "What the bytes of kc_write_image() are: text with the tracks as %...?;...?;...?, or the bits of one track, "
         "least significant bit first" UNVERIFIED "."},
    [OPTION_IMAGE_TRACK] = {"image-track", "2", "1..3", "The track for an image of bits."},
    [OPTION_COERCIVITY] = {"coercivity", "low", "low,high",
                           "The write current: low for Lo-Co cards (300 Oe), high for Hi-Co cards (2750 Oe); a model "
                           "without 24 V supply may not reach high" UNVERIFIED "."},
    [OPTION_DENSITY_1] = {"density-1", "210", "75,210", "Bits per inch on track 1."},
    [OPTION_DENSITY_2] = {"density-2", "75", "75,210",
                          "Bits per inch on track 2; some hotel cards hold 210" UNVERIFIED "."},
    [OPTION_DENSITY_3] = {"density-3", "210", "75,210", "Bits per inch on track 3."},
    [OPTION_LEADING_ZEROS_1_3] = {"leading-zeros-1-3", "61", "0..255",
                                  "Zero bits before the first character of tracks 1 and 3."},
    [OPTION_LEADING_ZEROS_2] = {"leading-zeros-2", "22", "0..255", "Zero bits before the first character of track 2."},
    [OPTION_ERASE_FIRST] = {"erase-first", "off", "off,on",
                            "Whether all three tracks are erased before a card is written, which takes one swipe more. "
                            "Whether a write leaves the tracks alone that it does not name is unverified."},
    [OPTION_VERIFY] = {"verify", "on", "on,off",
                       "Whether each card is swiped once more after it was written and compared. Without it the "
                       "encoder's own status counts, which says that it wrote and not that the card holds it."},
    [OPTION_SWIPES] = {"swipes", "3", "1..9", "Swipes of one card before a bad one ends the operation."},
    [OPTION_SWIPE_TIMEOUT] = {"swipe-timeout", "30000", "100..600000", "Milliseconds to wait for each swipe."},
    [OPTION_ANSWER_TIMEOUT] = {"answer-timeout", "2000", "50..60000",
                               "Milliseconds to wait for answers that need no swipe."},
    [OPTION_QUIET] = {"quiet", "200", "10..5000",
                      "Milliseconds without a byte after which an answer that does not say its end is over" UNVERIFIED
                      "."},
    [OPTION_RESET_PROVES] = {"reset-proves", "yes", "yes,no",
                             "Whether a card counts as not written if nobody swiped it, the encoder was reset and then "
                             "answered the communication test with nothing before it; no leaves it unknown" UNVERIFIED
                             "."},
    [OPTION_RAW_LENGTH] = {"raw-length", "fitting", "fitting,plain,plus-one",
                           "How the length of a raw track counts when it is read: an MSR605X is said to send one more; "
                           "fitting takes what lands on the next track" UNVERIFIED "."},
    [OPTION_PACKETS] = {"packets", "exact", "exact,padded",
                        "USB: whether a packet says how many bytes are in it, or always 63" UNVERIFIED "."},
};

/* ---- Settings ---------------------------------------------------------------------------------------------------- */

static void read_words(const struct driver_link *link, struct settings *settings)
{
    settings->content = driver_option_is(link, OPTION_CONTENT, "image")    ? CONTENT_IMAGE
                        : driver_option_is(link, OPTION_CONTENT, "tracks") ? CONTENT_TRACKS
                                                                           : CONTENT_OPEN_KEY;
    settings->image_bits = driver_option_is(link, OPTION_IMAGE_FORM, "bits");
    settings->high_coercivity = driver_option_is(link, OPTION_COERCIVITY, "high");
    for (size_t i = 0; i < MSR_TRACKS; i++)
        settings->dense[i] = driver_option_is(link, OPTION_DENSITY_1 + i, "210");
    settings->erase_first = driver_option_is(link, OPTION_ERASE_FIRST, "on");
    settings->verify = driver_option_is(link, OPTION_VERIFY, "on");
    settings->reset_proves = driver_option_is(link, OPTION_RESET_PROVES, "yes");
    settings->padded = driver_option_is(link, OPTION_PACKETS, "padded");
    settings->raw_length = driver_option_is(link, OPTION_RAW_LENGTH, "plain")      ? MSR_LENGTH_PLAIN
                           : driver_option_is(link, OPTION_RAW_LENGTH, "plus-one") ? MSR_LENGTH_PLUS_ONE
                                                                                   : MSR_LENGTH_FITTING;
}

int32_t stripe_settings_read(const struct driver_link *link, struct settings *settings, struct kc_error *error)
{
    const char *number = driver_option_text(link, OPTION_SITE_NUMBER), *key = driver_option_text(link, OPTION_SITE_KEY);
    open_key_site_wipe(&settings->site);
    memset(settings, 0, sizeof(*settings));
    read_words(link, settings);
    settings->image_track = (size_t)driver_option_number(link, OPTION_IMAGE_TRACK) - 1;
    settings->zeros[0] = (uint8_t)driver_option_number(link, OPTION_LEADING_ZEROS_1_3);
    settings->zeros[1] = (uint8_t)driver_option_number(link, OPTION_LEADING_ZEROS_2);
    settings->swipes = driver_option_number(link, OPTION_SWIPES);
    settings->swipe_timeout = driver_option_number(link, OPTION_SWIPE_TIMEOUT);
    settings->answer_timeout = driver_option_number(link, OPTION_ANSWER_TIMEOUT);
    settings->quiet = driver_option_number(link, OPTION_QUIET);
    if (!*number || !*key) /* options are set one after the other; the request is refused for want of them */
        return KC_OK;
    int32_t status = open_key_site_read(number, key, &settings->site, error);
    settings->has_site = status == KC_OK;
    return status;
}

void stripe_profile_read(const struct settings *settings, struct driver_profile *profile)
{
    static const struct driver_profile usual = STRIPE_PROFILE;
    *profile = usual;
    profile->capabilities = STRIPE_CAN;
    if (settings->content == CONTENT_IMAGE)
        profile->capabilities &= DRIVER_CAN(KC_CAPABILITY_READ) | DRIVER_CAN(KC_CAPABILITY_WRITE_IMAGE);
    if (settings->content == CONTENT_OPEN_KEY)
        return;
    /* what stands on the card is the caller's; rooms and times are for the ledger */
    profile->numbered = false;
    profile->limits.rooms = 16;
    profile->limits.room_length = 0;
    profile->limits.areas = 0;
    profile->limits.minutes = 1;
    profile->limits.last_year = 2099;
    if (settings->content == CONTENT_TRACKS) {
        profile->limits.text_lines = MSR_TRACKS;
        profile->limits.text_length = (int32_t)msr_room(2);
    }
}
