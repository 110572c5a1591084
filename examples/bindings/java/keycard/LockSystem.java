// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

/** One lock system of a site. */
public final class LockSystem extends Members.OfLockSystem {
    LockSystem(long pointer, Context context) {
        super(pointer, Calls::kc_system_unref, context);
    }

    static LockSystem borrowed(long pointer, Context context) {
        return pointer == 0 ? null : new LockSystem(Calls.kc_system_ref(pointer), context);
    }
}
