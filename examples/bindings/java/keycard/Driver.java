// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import java.util.List;

/** What is known of a kind of lock system, before anything is connected. Any thread. */
public final class Driver extends Members.OfDriver {
    private final long pointer;

    private Driver(long pointer) {
        this.pointer = pointer;
    }

    @Override
    long pointer() {
        return pointer;
    }

    static Driver borrowed(long pointer, Context context) {
        return pointer == 0 ? null : new Driver(pointer);
    }

    /** The driver of this name, or null. */
    public static Driver find(String name) {
        return borrowed(Calls.kc_driver_find(Text.encode(name)), null);
    }

    /** All that are compiled in. */
    public static List<Driver> all() {
        return Handle.list(Calls.kc_driver_count(), index -> borrowed(Calls.kc_driver_get(index), null));
    }
}
