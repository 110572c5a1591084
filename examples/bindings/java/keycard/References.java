// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The references of one context: so that it can close them all, and that its own thread gives collected ones back. */
final class References {
    private final Set<Handle.Held> known = new HashSet<>();
    private List<Handle.Held> left = new ArrayList<>();
    private boolean closed;

    synchronized void add(Handle.Held held) {
        known.add(held);
    }

    /** Leaves a reference for the thread that has the context; false if there is none any more. */
    synchronized boolean leave(Handle.Held held) {
        if (known.remove(held) && !closed)
            left.add(held);
        return !closed;
    }

    /** Gives back what was left. In the thread that has the context. */
    void sweep() {
        List<Handle.Held> found;
        synchronized (this) {
            if (left.isEmpty())
                return;
            found = left;
            left = new ArrayList<>();
        }
        found.forEach(Handle.Held::release);
    }

    void close() {
        List<Handle.Held> found;
        synchronized (this) {
            closed = true;
            found = new ArrayList<>(known);
            found.addAll(left);
            known.clear();
            left.clear();
        }
        found.forEach(Handle.Held::release);
    }
}
