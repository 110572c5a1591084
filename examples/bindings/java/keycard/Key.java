// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import com.sun.jna.Pointer;
import java.lang.ref.Reference;

/** One record of the ledger, or what was read from a card. It never changes; any thread. */
public final class Key extends Members.OfKey {
    private Key(long pointer) {
        super(pointer, Calls::kc_key_unref, null);
    }

    static Key borrowed(long pointer, Context context) {
        return pointer == 0 ? null : new Key(Calls.kc_key_ref(pointer));
    }

    /** The key as bytes if it came back so, or null. */
    public byte[] image() {
        try {
            long[] size = new long[1];
            long bytes = Calls.kc_key_get_image(pointer(), size);
            return bytes == 0 ? null : new Pointer(bytes).getByteArray(0, Math.toIntExact(size[0]));
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
