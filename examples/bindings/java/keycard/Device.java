// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import java.lang.ref.Reference;

/**
 * Something plugged into this computer that may be an encoder; it becomes one of a site by giving its uri() to
 * newSystem().
 */
public final class Device extends Members.OfDevice {
    private Device(long pointer, Context context) {
        super(pointer, Calls::kc_device_unref, context);
    }

    static Device borrowed(long pointer, Context context) {
        return pointer == 0 ? null : new Device(Calls.kc_device_ref(pointer), context);
    }

    /** Why it is NO_ENCODER or REFUSED, as an exception that is not thrown; else null. */
    public KeycardException error() {
        try {
            long error = Calls.kc_device_get_error(pointer());
            return error == 0 ? null : new KeycardException(Calls.kc_error_get_code(error), error, null);
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
