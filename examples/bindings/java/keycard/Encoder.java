// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

/** What writes a card. */
public final class Encoder extends Members.OfEncoder {
    Encoder(long pointer, Context context) {
        super(pointer, Calls::kc_encoder_unref, context);
    }

    static Encoder borrowed(long pointer, Context context) {
        return pointer == 0 ? null : new Encoder(Calls.kc_encoder_ref(pointer), context);
    }
}
