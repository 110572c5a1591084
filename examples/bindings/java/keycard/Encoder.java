// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import com.sun.jna.Pointer;

/** What writes a card. */
public final class Encoder extends Members.OfEncoder {
    Encoder(Pointer pointer, Context context) {
        super(pointer, Calls::kc_encoder_unref, context);
    }

    static Encoder borrowed(Pointer pointer, Context context) {
        return pointer == null ? null : new Encoder(Calls.kc_encoder_ref(pointer), context);
    }
}
