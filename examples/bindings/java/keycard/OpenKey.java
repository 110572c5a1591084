// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

/**
 * What an open key says that was read from a card, after it was held against the site's key: for who makes locks. It
 * needs no context and never changes; any thread.
 */
public final class OpenKey extends Members.OfOpenKey {
    private OpenKey(long pointer) {
        super(pointer, Calls::kc_open_key_unref, null);
    }

    private static long size(byte[] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    /** Reads an open key from the NDEF message of a contactless card with this serial number. */
    public static OpenKey checkCard(int siteNumber, byte[] siteKey, byte[] uid, byte[] message) {
        long[] key = new long[1];
        KeycardException.check(Calls.kc_open_key_check_card(siteNumber, siteKey, size(siteKey), uid, size(uid), message,
                size(message), key), null);
        return new OpenKey(key[0]);
    }

    /** Reads an open key from the 37 digits of track 2 of a stripe. */
    public static OpenKey checkStripe(int siteNumber, byte[] siteKey, String track) {
        long[] key = new long[1];
        KeycardException.check(
                Calls.kc_open_key_check_stripe(siteNumber, siteKey, size(siteKey), Text.encode(track), key), null);
        return new OpenKey(key[0]);
    }
}
