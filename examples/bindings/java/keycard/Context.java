// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * One instance of the library. It and what is reached from it belong to one thread at a time, except keys, ended
 * operations, cancel() and wakeup(); a {@link Dispatcher} is such a thread. close() closes everything but keys.
 */
public final class Context extends Members.OfContext {
    final References references;
    final Map<Long, Progress> running = new HashMap<>();
    private final Set<EventIterator> listeners = new HashSet<>();

    /** Opens a context with its ledger, such as "sqlite:/var/lib/pms/keys.db" or "memory:". */
    public Context(String ledger) {
        this(ledger, null);
    }

    /** The same with a key, 32 bytes, with which guest data are encrypted in the ledger. */
    public Context(String ledger, byte[] ledgerKey) {
        this(ledger, ledgerKey, new References());
    }

    private Context(String ledger, byte[] key, References references) {
        super(made(), Calls::kc_context_unref, references);
        this.references = references;
        try {
            if (key != null)
                check(Calls.kc_context_set_ledger_key(pointer(), key, key.length));
            check(Calls.kc_context_set_ledger(pointer(), Text.encode(ledger)));
        } catch (RuntimeException exception) {
            close();
            throw exception;
        }
    }

    private static long made() {
        long[] context = new long[1];
        KeycardException.check(Calls.kc_context_new(context), null);
        return context[0];
    }

    private int check(int status) {
        return KeycardException.check(status, () -> Calls.kc_context_get_error(pointer()));
    }

    /** Version of the library that runs. */
    public static String version() {
        return Text.decode(Calls.kc_version());
    }

    /** Makes a site. Set its time zone and default times before filling in requests. */
    public Site newSite(String name) {
        long[] site = new long[1];
        check(Calls.kc_site_new(pointer(), Text.encode(name), site));
        return new Site(site[0], this);
    }

    /** Does what can be done now, and hands the events out. Never blocks. */
    public void dispatch() {
        references.sweep();
        check(Calls.kc_context_dispatch(pointer()));
        for (long event; (event = Calls.kc_context_next_event(pointer())) != 0;)
            handOut(new Event(event, this));
    }

    private void handOut(Event event) {
        listeners.forEach(listener -> listener.events.add(event));
        long operation = Calls.kc_event_get_op(event.pointer());
        boolean last = event.type() == Codes.EventType.DONE;
        Progress progress = last ? running.remove(operation) : running.get(operation);
        if (progress != null)
            progress.take(event, last);
    }

    /** Waits until there is something to do, then does it. False when the time is over; null is without limit. */
    public boolean await(Duration timeout) {
        long milliseconds = timeout == null ? -1 : Math.max(0, timeout.toMillis());
        boolean found = check(Calls.kc_context_wait(pointer(), (int) Math.min(milliseconds, Integer.MAX_VALUE))) > 0;
        dispatch();
        return found;
    }

    /** Lets await() return. Any thread. */
    public void wakeup() {
        check(Calls.kc_context_wakeup(pointer()));
    }

    /** All events from now on. Iterating blocks, and ends when the iterator is closed. */
    public EventIterator events() {
        return new EventIterator(this, listeners);
    }

    @Override
    public void close() {
        references.close();
        super.close();
        List<Progress> open = new ArrayList<>(running.values());
        running.clear();
        listeners.clear();
        CancellationException closed = new CancellationException("the context was closed");
        open.forEach(progress -> progress.end.completeExceptionally(closed));
    }
}
