// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** What has come of a running operation and was not looked at yet. */
final class Progress {
    final Queue<Event> events = new ArrayDeque<>();
    boolean ended;
    final CompletableFuture<Void> end = new CompletableFuture<>();
    Consumer<Event> listener;

    Progress(boolean ended) {
        this.ended = ended;
        if (ended)
            end.complete(null);
    }

    void take(Event event, boolean last) {
        ended = last;
        try {
            if (listener != null)
                listener.accept(event);
            else
                events.add(event);
        } finally {
            if (last)
                end.complete(null);
        }
    }
}
