// SPDX-License-Identifier: LGPL-2.1-or-later
import keycard.Codes.Filter;
import keycard.Codes.Prompt;
import keycard.Context;
import keycard.Encoder;
import keycard.Event;
import keycard.Key;
import keycard.KeycardException;
import keycard.Operation;
import keycard.Request;
import keycard.Site;

/** An evening at the desk, as ../README.md tells it, in blocking calls. */
final class Evening {
    private static String setting(String name) {
        String value = System.getenv(name);
        if (value == null)
            throw new IllegalStateException(name + " is not set");
        return value;
    }

    private static String place(Key key) {
        return key.encoder().isEmpty() ? key.phone() : key.encoder();
    }

    private static void written(String step, Operation operation) {
        Key key = operation.await().key();
        System.out.printf("%s: %s, %s %s until %s, %s%n", step, operation.outcome().label(), key.kind().label(),
                String.join(" ", key.rooms()), key.until(), place(key));
    }

    private static void failed(String step, Operation operation) {
        try {
            operation.await();
        } catch (KeycardException error) {
            System.out.printf("%s: %s, %s, field '%s', vendor '%s', advice '%s'%n", step, error.name(),
                    error.cardState().label(), error.field(), error.vendorCode(), error.adviceText());
        }
    }

    private static void follow(String step, Operation operation, Runnable prompted) {
        for (Event event : operation.events()) {
            if (event.prompt() != Prompt.PRESENT_CARD)
                continue;
            System.out.printf("%s: %s%n", step, event.text());
            prompted.run();
        }
    }

    private static void mainTower(Site site) {
        Request request = site.newRequest().setBooking("4711").addRoom("101").setGuest("Élodie Müller-Жукова")
                .setValidity(null, "2036-06-18").setStation("desk-1").setEncoder("Desk 1").setOperator("Reception");
        Operation original = request.issueOriginal();
        follow("original", original, () -> { });
        written("original", original);
        request.setEncoder("Desk 2");
        written("duplicate", request.issueDuplicate());
        request.setEncoder("Desk 1").setValidity(null, "2036-06-20T14:00");
        Operation reissued = request.reissue();
        written("re-issue", reissued);
        System.out.printf("re-issue: %d keys void%n", reissued.voidedKeys().size());

        Operation faulty = request.issueDuplicate();
        failed("fault", faulty);
        written("retry", faulty.retry());
        request.setPhone("+44 7700 900123");
        written("mobile", request.sendMobile());
        request.setPhone(null).setEmail("guest@example.com");
        failed("e-mail", request.sendMobile());
    }

    public static void main(String[] arguments) {
        try (Context context = new Context(setting("KEYCARD_LEDGER"))) {
            Site site = context.newSite("Grand Hotel").setTimeZone("Europe/Sofia");
            site.newSystem("salto", setting("KEYCARD_SALTO")).setOption("mobile", "on")
                    .addEncoder("Desk 1").addEncoder("Desk 2");
            site.newSystem("lens", setting("KEYCARD_LENS")).addEncoder("7");
            site.newSystem("kiosk", "virtual:?encoders=Kiosk&hand=600000");
            for (Encoder encoder : site.discover().await().encoders())
                System.out.printf("encoder: %s of %s%n", encoder.name(), encoder.system().name());
            mainTower(site);

            written("tower", site.newRequest().setBooking("4712").addRoom("201").setValidity("2036-06-15", "2036-06-16")
                    .setStation("desk-2").setEncoder("7").issueOriginal());
            Operation waiting = site.newRequest().setBooking("4713").addRoom("301").setValidity(null, "2036-06-16")
                    .setStation("kiosk").setEncoder("Kiosk").issueOriginal();
            follow("cancel", waiting, waiting::cancel);
            failed("cancel", waiting);

            for (Key key : site.listKeys(Filter.ALL, null, 0).await().keys())
                System.out.printf("key: %s %s %s %s%n", key.booking(), key.kind().label(), key.state().label(),
                        place(key));
        }
    }
}
