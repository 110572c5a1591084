// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/**
 * A thread with a context of its own, for programs that do not want to block: work that is given to it runs there, and
 * operations complete their futures there.
 */
public final class Dispatcher implements Executor, AutoCloseable {
    private final ConcurrentLinkedQueue<Runnable> posted = new ConcurrentLinkedQueue<>();
    private final Context context;
    private final Thread thread;
    private volatile boolean stopped;

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
                for (Runnable work; (work = posted.poll()) != null;)
                    work.run();
                if (!stopped)
                    context.await(null);
            }
        } finally {
            stopped = true;
            context.close();
        }
    }

    /** Runs work in the context's thread. Any thread. */
    @Override
    public void execute(Runnable work) {
        if (stopped)
            throw new RejectedExecutionException("the dispatcher is closed");
        posted.add(work);
        context.wakeup();
    }

    /** Runs work in the context's thread, and gives its result. Any thread. */
    public <T> CompletableFuture<T> call(Function<Context, T> work) {
        return CompletableFuture.supplyAsync(() -> work.apply(context), this);
    }

    /**
     * Runs work that goes on in futures, such as {@code context -> request.issueOriginal().future()}, and gives its result. What
     * the work attaches to futures of operations runs in the context's thread too. Any thread.
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
        if (!stopped)
            execute(() -> stopped = true);
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
