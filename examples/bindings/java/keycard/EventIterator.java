// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.Set;

/** All events of a context, until it is closed. */
public final class EventIterator implements Iterator<Event>, AutoCloseable {
    final Queue<Event> events = new ArrayDeque<>();
    private final Context context;
    private final Set<EventIterator> listeners;

    EventIterator(Context context, Set<EventIterator> listeners) {
        this.context = context;
        this.listeners = listeners;
        listeners.add(this);
    }

    /** Waits for an event; false only when the iterator is closed. */
    @Override
    public boolean hasNext() {
        while (events.isEmpty() && listeners.contains(this))
            context.await(null);
        return !events.isEmpty();
    }

    @Override
    public Event next() {
        if (!hasNext())
            throw new NoSuchElementException();
        return events.remove();
    }

    @Override
    public void close() {
        listeners.remove(this);
    }
}
