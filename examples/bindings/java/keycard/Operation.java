// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import keycard.Codes.State;
import keycard.Codes.Status;

/**
 * One attempt. await() blocks until it has ended; future() does not. Closing it does not cancel it.
 */
public final class Operation extends Members.OfOperation {
    private final Progress progress;

    /** What was just started has its events before it, even if it is done already. */
    private Operation(long pointer, Context context, boolean started) {
        super(pointer, Calls::kc_op_unref, context);
        Progress known = context.running.get(pointer);
        progress = known != null ? known : new Progress(!started && isDone());
        if (!progress.ended)
            context.running.put(pointer, progress);
    }

    static Operation started(long pointer, Context context) {
        return new Operation(pointer, context, true);
    }

    static Operation borrowed(long pointer, Context context) {
        return pointer == 0 ? null : new Operation(Calls.kc_op_ref(pointer), context, false);
    }

    /** Whether it has ended. */
    public boolean isDone() {
        return state() == State.DONE;
    }

    /** What went wrong, as an exception that is not thrown; null if nothing did. */
    public KeycardException error() {
        try {
            long error = Calls.kc_op_get_error(pointer());
            return error == 0 ? null : new KeycardException(Calls.kc_error_get_code(error), error, this);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** The key that was made, or the card that was read; null if there is none. */
    public Key key() {
        try {
            return Key.borrowed(Calls.kc_op_get_key(pointer(), 0), null);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** This operation if it ended well; else its error is thrown. */
    public Operation result() {
        if (status() == Status.OK)
            return this;
        KeycardException error = error();
        throw error != null ? error : new KeycardException(status().code, 0, this);
    }

    /** Waits until it has ended: this operation if it ended well; else its error is thrown. */
    public Operation await() {
        while (!isDone())
            context.await(null);
        return result();
    }

    /** Waits at most so long: whether it has ended. See result() then. */
    public boolean await(Duration timeout) {
        long end = java.lang.System.nanoTime() + timeout.toNanos();
        while (!isDone()) {
            Duration left = Duration.ofNanos(end - java.lang.System.nanoTime());
            if (!context.await(left) && left.toMillis() <= 0)
                break;
        }
        return isDone();
    }

    /**
     * The same as a future: completed in the thread that dispatches, with this operation or a KeycardException, or a
     * CancellationException if the context is closed before. Ask for it, and attach to it, in the context's thread:
     * then what is attached runs there too.
     */
    public CompletableFuture<Operation> future() {
        return progress.end.thenApply(nothing -> result());
    }

    /** Gives the events to a listener, in the thread that dispatches; the last is DONE, and comes before the future. */
    public void onEvent(Consumer<Event> listener) {
        progress.listener = listener;
        while (!progress.events.isEmpty())
            listener.accept(progress.events.remove());
    }

    /** What happens to it until it has ended: blocks, and ends with DONE. */
    public Iterable<Event> events() {
        return () -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                while (progress.events.isEmpty() && !progress.ended)
                    context.await(null);
                return !progress.events.isEmpty();
            }

            @Override
            public Event next() {
                if (!hasNext())
                    throw new NoSuchElementException();
                return progress.events.remove();
            }
        };
    }
}
