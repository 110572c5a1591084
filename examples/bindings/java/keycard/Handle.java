// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * What all objects have in common: one reference of the library's. It is given back by close(), with its context, or
 * after the object was collected. Used after close() an object throws IllegalStateException.
 */
public abstract class Handle implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    /** One of the library's unref functions, which may be called in any thread. */
    interface Unref {
        long call(long pointer);
    }

    /** The reference itself, which outlives its object. */
    static final class Held implements Runnable {
        private final Unref unref;
        private final References references; // of the context; null for a key
        private final boolean isContext;
        private volatile long pointer;

        Held(long pointer, Unref unref, References references, boolean isContext) {
            this.pointer = pointer;
            this.unref = unref;
            this.references = references;
            this.isContext = isContext;
        }

        synchronized void release() {
            long last = pointer;
            pointer = 0;
            if (last != 0)
                unref.call(last);
        }

        /** The object was collected: the thread that has the context gives the reference back, when it comes by. */
        @Override
        public void run() {
            if (isContext)
                references.close(); // which no thread has any more: all its objects were collected with it
            if (isContext || references == null || !references.leave(this))
                release();
        }
    }

    private final Held held;
    private final Cleaner.Cleanable cleanable;
    final Context context;

    Handle(long pointer, Unref unref, Context context) {
        this(pointer, unref, context, context == null ? null : context.references);
        if (context != null)
            context.references.add(held);
    }

    Handle(long pointer, Unref unref, Context context, References references) {
        this.context = context;
        held = new Held(pointer, unref, references, context == null && references != null);
        cleanable = CLEANER.register(this, held);
    }

    final long pointer() {
        long pointer = held.pointer;
        if (pointer == 0)
            throw new IllegalStateException("this " + getClass().getSimpleName() + " is closed");
        return pointer;
    }

    /** Gives the object back before its time. It need not be called. */
    @Override
    public void close() {
        held.release();
        cleanable.clean();
    }

    /** Two objects of the same thing are equal. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Handle && getClass() == other.getClass()
                && held.pointer == ((Handle) other).held.pointer;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(held.pointer);
    }

    static <T> List<T> list(int count, IntFunction<T> get) {
        List<T> list = new ArrayList<>(count);
        for (int index = 0; index < count; index++)
            list.add(get.apply(index));
        return list;
    }

    /** What there is before the one behind the last. */
    static <T> List<T> series(IntFunction<T> get, T last) {
        List<T> list = new ArrayList<>();
        for (T one; !Objects.equals(one = get.apply(list.size()), last);)
            list.add(one);
        return list;
    }
}
