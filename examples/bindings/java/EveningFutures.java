// SPDX-License-Identifier: LGPL-2.1-or-later
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import keycard.Codes.Filter;
import keycard.Codes.Prompt;
import keycard.Context;
import keycard.Dispatcher;
import keycard.Encoder;
import keycard.Key;
import keycard.KeycardException;
import keycard.Operation;
import keycard.Request;
import keycard.Site;

/** An evening at the desk, as ../README.md tells it, with futures: a dispatcher's thread has the context. */
final class EveningFutures {
    private static String setting(String name) {
        String value = System.getenv(name);
        if (value == null)
            throw new IllegalStateException(name + " is not set");
        return value;
    }

    private static String place(Key key) {
        return key.encoder().isEmpty() ? key.phone() : key.encoder();
    }

    private static Operation written(String step, Operation operation) {
        Key key = operation.key();
        System.out.printf("%s: %s, %s %s until %s, %s%n", step, operation.outcome().label(), key.kind().label(),
                String.join(" ", key.rooms()), key.until(), place(key));
        return operation;
    }

    private static Operation failed(String step, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (!(cause instanceof KeycardException error))
            throw new CompletionException(cause);
        System.out.printf("%s: %s, %s, field '%s', vendor '%s', advice '%s'%n", step, error.name(),
                error.cardState().label(), error.field(), error.vendorCode(), error.adviceText());
        return error.operation();
    }

    /** Prints the prompts of the operation that runs; what is attached to the future comes after them. */
    private static void listen(String step, Operation operation, Consumer<Operation> prompted) {
        operation.onEvent(event -> {
            if (event.prompt() != Prompt.PRESENT_CARD)
                return;
            System.out.printf("%s: %s%n", step, event.text());
            prompted.accept(operation);
        });
    }

    private static CompletableFuture<Site> opened(Context context) {
        Site site = context.newSite("Grand Hotel").setTimeZone("Europe/Sofia");
        site.newSystem("salto", setting("KEYCARD_SALTO")).setOption("mobile", "on")
                .addEncoder("Desk 1").addEncoder("Desk 2");
        site.newSystem("lens", setting("KEYCARD_LENS")).addEncoder("7");
        site.newSystem("kiosk", "virtual:?encoders=Kiosk&hand=600000");
        return site.discover().future().thenApply(found -> {
            for (Encoder encoder : found.encoders())
                System.out.printf("encoder: %s of %s%n", encoder.name(), encoder.system().name());
            return site;
        });
    }

    private static CompletableFuture<Operation> mainTower(Site site) {
        Request request = site.newRequest().setBooking("4711").addRoom("101").setGuest("Élodie Müller-Жукова")
                .setValidity(null, "2036-06-18").setStation("desk-1").setEncoder("Desk 1").setOperator("Reception");
        Operation original = request.issueOriginal();
        listen("original", original, operation -> { });
        return original.future().thenCompose(done -> {
            written("original", done);
            return request.setEncoder("Desk 2").issueDuplicate().future();
        }).thenCompose(duplicate -> {
            written("duplicate", duplicate);
            return request.setEncoder("Desk 1").setValidity(null, "2036-06-20T14:00").reissue().future();
        }).thenCompose(reissued -> {
            written("re-issue", reissued);
            System.out.printf("re-issue: %d keys void%n", reissued.voidedKeys().size());
            return request.issueDuplicate().future();
        }).exceptionally(failure -> failed("fault", failure)).thenCompose(faulty -> {
            return faulty.retry().future();
        }).thenCompose(retry -> {
            written("retry", retry);
            return request.setPhone("+44 7700 900123").sendMobile().future();
        }).thenCompose(mobile -> {
            written("mobile", mobile);
            return request.setPhone(null).setEmail("guest@example.com").sendMobile().future();
        }).exceptionally(failure -> failed("e-mail", failure));
    }

    private static CompletableFuture<Operation> others(Site site) {
        Operation tower = site.newRequest().setBooking("4712").addRoom("201").setValidity("2036-06-15", "2036-06-16")
                .setStation("desk-2").setEncoder("7").issueOriginal();
        return tower.future().thenCompose(done -> {
            written("tower", done);
            Operation waiting = site.newRequest().setBooking("4713").addRoom("301").setValidity(null, "2036-06-16")
                    .setStation("kiosk").setEncoder("Kiosk").issueOriginal();
            // As from a button: cancel() is for any thread.
            listen("cancel", waiting, operation -> CompletableFuture.runAsync(operation::cancel));
            return waiting.future();
        }).exceptionally(failure -> failed("cancel", failure)).thenCompose(done -> {
            return site.listKeys(Filter.ALL, null, 0).future();
        });
    }

    public static void main(String[] arguments) {
        try (Dispatcher desk = new Dispatcher(setting("KEYCARD_LEDGER"))) {
            Site site = desk.compose(EveningFutures::opened).join();
            desk.compose(context -> mainTower(site)).join();
            // Keys, and operations that ended, are for any thread.
            for (Key key : desk.compose(context -> others(site)).join().keys())
                System.out.printf("key: %s %s %s %s%n", key.booking(), key.kind().label(), key.state().label(),
                        place(key));
        }
    }
}
