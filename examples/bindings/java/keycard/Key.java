// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.NativeLongByReference;
import java.lang.ref.Reference;

/** One record of the ledger, or what was read from a card. It never changes; any thread. */
public final class Key extends Members.OfKey {
    private Key(Pointer pointer) {
        super(pointer, Calls::kc_key_unref, null);
    }

    static Key borrowed(Pointer pointer, Context context) {
        return pointer == null ? null : new Key(Calls.kc_key_ref(pointer));
    }

    /** The key as bytes if it came back so, or null. */
    public byte[] image() {
        try {
            NativeLongByReference size = new NativeLongByReference();
            Pointer bytes = Calls.kc_key_get_image(pointer(), size);
            return bytes == null ? null : bytes.getByteArray(0, Math.toIntExact(size.getValue().longValue()));
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
