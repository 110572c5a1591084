// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import com.sun.jna.Pointer;

/** One lock system of a site. */
public final class LockSystem extends Members.OfLockSystem {
    LockSystem(Pointer pointer, Context context) {
        super(pointer, Calls::kc_system_unref, context);
    }

    static LockSystem borrowed(Pointer pointer, Context context) {
        return pointer == null ? null : new LockSystem(Calls.kc_system_ref(pointer), context);
    }
}
