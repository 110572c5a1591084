// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/**
 * A thread with a context of its own, for programs that do not want to block: work that is given to it runs there, and
 * operations complete their futures there.
 */
public final class Dispatcher implements Executor, AutoCloseable {
    private final Queue<Runnable> posted = new ArrayDeque<>(); // the lock of what other threads touch
    private final Context context;
    private final Thread thread;
    private boolean stopped; // in the context's thread
    private boolean ended;   // under the lock: nobody serves the queue any more

    /** Opens a context with its ledger, and starts the thread. */
    public Dispatcher(String ledger) {
        context = new Context(ledger);
        thread = new Thread(this::serve, "keycard");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        try {
            while (!stopped) {
                runPosted();
                if (!stopped)
                    context.await(null);
            }
        } finally {
            synchronized (posted) {
                ended = true;
            }
            context.close();
            runPosted(); // which learns that the context is closed
        }
    }

    private Runnable next() {
        synchronized (posted) {
            return posted.poll();
        }
    }

    private void runPosted() {
        for (Runnable work; (work = next()) != null;)
            work.run();
    }

    private boolean post(Runnable work) {
        synchronized (posted) {
            if (ended)
                return false;
            posted.add(work);
            context.wakeup();
            return true;
        }
    }

    /** Runs work in the context's thread. Any thread. */
    @Override
    public void execute(Runnable work) {
        if (!post(work))
            throw new RejectedExecutionException("the dispatcher is closed");
    }

    /** Runs work in the context's thread, and gives its result. Any thread. */
    public <T> CompletableFuture<T> call(Function<Context, T> work) {
        return CompletableFuture.supplyAsync(() -> work.apply(context), this);
    }

    /**
     * Runs work that goes on in futures, such as {@code context -> request.issueOriginal().future()}, and gives its
     * result. What the work attaches to futures of operations runs in the context's thread too. Any thread.
     */
    public <T> CompletableFuture<T> compose(Function<Context, CompletableFuture<T>> work) {
        return call(work).thenCompose(future -> future);
    }

    /**
     * Ends the thread and closes the context. Futures of operations that run end with a CancellationException, and the
     * ledger has their outcome as unknown if they had been sent. Not to be called in the context's thread.
     */
    @Override
    public void close() {
        post(() -> stopped = true);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException exception) {
                interrupted = true;
            }
        }
        if (interrupted)
            Thread.currentThread().interrupt();
    }
}
