// SPDX-License-Identifier: LGPL-2.1-or-later
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import keycard.Codes.Advice;
import keycard.Codes.Answer;
import keycard.Codes.Capability;
import keycard.Codes.DeviceState;
import keycard.Codes.DeviceWatch;
import keycard.Codes.EventType;
import keycard.Codes.Filter;
import keycard.Codes.Limit;
import keycard.Codes.Outcome;
import keycard.Codes.Prompt;
import keycard.Codes.Status;
import keycard.Codes.Verb;
import keycard.Context;
import keycard.Device;
import keycard.Dispatcher;
import keycard.Driver;
import keycard.Encoder;
import keycard.Event;
import keycard.EventIterator;
import keycard.Key;
import keycard.KeycardException;
import keycard.LockSystem;
import keycard.OpenKey;
import keycard.Operation;
import keycard.Request;
import keycard.Site;

/** What the evening does not show: several operations at once, time-outs, refusals, closed and forgotten handles. */
final class Test {
    private static final Duration PATIENCE = Duration.ofSeconds(60); // nothing here is timed, this only ends what hangs
    private static final int FOREVER = 600000; // milliseconds until the virtual hand presents a card
    private static final byte[] SITE_KEY = new byte[32]; // with which the vectors of doc/open-key.md are made

    static {
        for (byte i = 0; i < 32; i++)
            SITE_KEY[i] = i;
    }

    private interface Body {
        void run(Context context) throws Exception;
    }

    private static void same(Object wanted, Object got) {
        if (!java.util.Objects.equals(wanted, got))
            throw new AssertionError("wanted " + wanted + ", got " + got);
    }

    private static <T extends Throwable> T thrown(Class<T> type, Runnable call) {
        try {
            call.run();
        } catch (RuntimeException exception) {
            if (type.isInstance(exception))
                return type.cast(exception);
            throw exception;
        }
        throw new AssertionError("no " + type.getSimpleName() + " was thrown");
    }

    private static Site desk(Context context, int hand, String options) {
        Site site = context.newSite("Test Hotel");
        site.newSystem("lock", "virtual:?encoders=0;1;2;3&hand=" + hand + options);
        return site;
    }

    private static Request ask(Site site, String room, String encoder) {
        return site.newRequest().setBooking("b" + room).addRoom(room).setValidity(null, "2097-06-18")
                .setStation("s" + room).setEncoder(encoder);
    }

    private static Request ask(Site site) {
        return ask(site, "1", "1");
    }

    private static void namesAndDrivers(Context context) {
        same(3, Context.version().split("\\.").length);
        same(null, Driver.find("no such driver"));
        Driver driver = Driver.all().stream().filter(one -> one.name().equals("virtual")).findFirst().orElseThrow();
        same(List.of("virtual"), driver.schemes());
        same("0", driver.options().stream().filter(one -> one.name().equals("hand")).findFirst().orElseThrow()
                .defaultValue());
        same("no-card", Status.NO_CARD.label());
        LockSystem system = context.newSite("Test Hotel").newSystem("lock", "virtual:?mobile=off&rooms=4");
        same(false, system.has(Capability.MOBILE));
        same(true, system.driver().has(Capability.MOBILE));
        same(4L, system.limit(Limit.ROOMS));
        same("off", system.option("mobile"));
    }

    private static void refusedValues(Context context) {
        Site site = desk(context, 0, "");
        KeycardException error = thrown(KeycardException.class, () -> ask(site).setValidity(null, "2026-02-29"));
        same("invalid-argument until " + Advice.CORRECT_REQUEST, error.name() + " " + error.field() + " " + error.advice());
        same(true, error.getMessage().contains("2026-02-29") && error.getMessage().endsWith(error.adviceText()));
        same(Status.INVALID_ARGUMENT, thrown(KeycardException.class, () -> ask(site).setGuest("A\0B")).code());
        same(Status.INVALID_ARGUMENT, thrown(KeycardException.class, () -> ask(site).setGuest("\ud800")).code());
        same(Status.NOT_FOUND, thrown(KeycardException.class, () -> site.newSystem("x", "no-such-scheme://h")).code());
        error = thrown(KeycardException.class, () -> new Context("sqlite:/no/such/folder/keys.db"));
        same(Advice.CHECK_LEDGER, error.advice());
        Operation done = ask(site).issueOriginal().await();
        error = thrown(KeycardException.class, () -> done.answer(Answer.YES)); // which has no error of its own
        same("state ", error.name() + " " + error.field());
    }

    private static void timeOut(Context context) {
        Operation operation = ask(desk(context, FOREVER, "")).issueOriginal();
        same(false, operation.await(Duration.ofMillis(50)));
        CompletableFuture.runAsync(operation::cancel).join();
        same(true, operation.await(PATIENCE));
        KeycardException error = thrown(KeycardException.class, operation::result);
        same("cancelled " + Outcome.NOT_WRITTEN, error.name() + " " + error.cardState());
        same(operation, error.operation());
    }

    private static void events(Context context) {
        try (EventIterator all = context.events()) {
            Operation operation = ask(desk(context, 0, "")).issueOriginal(); // done at once, and has its events still
            Event last = null;
            for (Event event : operation.events())
                last = event;
            same(EventType.DONE, last.type());
            same(false, operation.events().iterator().hasNext());
            Event event = all.next();
            while (event.type() != EventType.DONE)
                event = all.next();
            same(operation, event.operation());
            same(null, event.prompt());
            same(false, event.operation().events().iterator().hasNext());
        }
    }

    private static void question(Context context) {
        Site site = desk(context, 0, "").setPolicy("second-original", "confirm");
        ask(site).issueOriginal().await();
        Operation second = ask(site).issueOriginal();
        for (Event event : second.events()) {
            if (event.prompt() == Prompt.CONFIRM) {
                same(1, second.voidedKeys().size());
                second.answer(Answer.NO);
            }
        }
        same(Status.DECLINED, second.status());
    }

    private static void ledger(Context context) {
        Site site = desk(context, 0, "&charset=ascii");
        Operation made = ask(site).setGuest("Жукова").addArea("12").setCopies(2).issueOriginal().await();
        same("guest Жукова", made.warnings().get(0).field() + " " + made.warnings().get(0).before());
        Operation found = site.findOperation(made.id()).await();
        same(Verb.ISSUE_ORIGINAL + " 1", found.verb() + " " + found.room());
        Key key = site.listKeys(Filter.ROOM, "1", 0).await().key();
        same("original Жукова [12] 2", key.kind().label() + " " + key.guest() + " " + key.areas() + " " + key.copies());
        same(made.id(), site.listOperations(Filter.ALL, null, 5).await().operations().get(0).id());
        site.forgetGuest("b1").await();
        same("", site.listKeys(Filter.ALL, null, 0).await().key().guest());
    }

    private static List<String> names(List<Device> devices) {
        return devices.stream().map(Device::name).toList();
    }

    private static void plugged(Context context) {
        String plugged = System.getenv("KEYCARD_PLUGGED"); // the name of the one device that is
        if (plugged == null)
            return;
        Site site = desk(context, 20, "");
        List<DeviceState> seen = new ArrayList<>();
        Event event = null;
        try (EventIterator all = context.watchDevices(DeviceWatch.IDENTIFY).events()) {
            for (; seen.size() < 3; seen.add(event.deviceState())) // what it is cannot be asked: it is no whole port
                event = all.next();
        }
        same(List.of(DeviceState.PRESENT, DeviceState.ASKING, DeviceState.REFUSED), seen);
        same(null, event.encoderState());
        same(null, event.operation());
        Device device = event.device();
        same(List.of(plugged, "/dev/ttyUSB0", "serial"), List.of(device.name(), device.place(), device.transport()));
        same(List.of(0x067b, 0x2303), List.of(device.vendorId(), device.productId()));
        same(List.of("Bridge (/dev/ttyUSB0)", "Maker", "Bridge", "K42"),
                List.of(device.label(), device.manufacturer(), device.product(), device.serialNumber()));
        same(" " + DeviceState.REFUSED, device.model() + device.firmware() + " " + device.state());
        same(null, device.system());
        same(Status.UNREACHABLE, device.error().code());
        same(true, device.error().getMessage().contains(plugged));
        same(List.of("magstripe"), device.drivers().stream().map(Driver::name).toList());
        same("magstripe+serial:" + plugged, device.uri());
        same("", device.uri(Driver.find("virtual")));
        KeycardException error = thrown(KeycardException.class, () -> device.identify("nobody", null));
        same(true, error.code() == Status.NOT_FOUND && error.getMessage().contains("\"nobody\""));
        Operation found = site.discover().await();
        same(List.of(plugged), names(found.devices()));
        same(List.of(plugged), names(context.devices()));
        same(List.of("0", "1", "2", "3"), found.encoders().stream().map(Encoder::name).toList());
        site.newSystem("stripes", device.uri());
        same("stripes", device.system().name());
        context.close();
        thrown(IllegalStateException.class, device::name);
    }

    private static void listed(Context context) {
        same(names(desk(context, 20, "").discover().await().devices()), names(context.devices()));
        context.watchDevices(DeviceWatch.LIST).watchDevices(DeviceWatch.OFF);
        KeycardException error = thrown(KeycardException.class, () -> context.watchDevices(DeviceWatch.OTHER));
        same(Status.INVALID_ARGUMENT, error.code());
    }

    private static void openKeys(Context unused) {
        String track = "1203673600226596002760010100165894130";
        OpenKey stripe = OpenKey.checkStripe(7, SITE_KEY, track);
        same("original 1781510400 1781524800 1781773200 [101] ", stripe.kind().label() + " " + stripe.sequence() + " "
                + stripe.from() + " " + stripe.until() + " " + stripe.rooms() + " " + stripe.issue());
        KeycardException error = thrown(KeycardException.class, () -> OpenKey.checkStripe(7, new byte[32], track));
        same(Status.NOT_AUTHENTIC, error.code());
        if (Driver.find("contactless") == null)
            return; // the library was built without such cards
        HexFormat hex = HexFormat.of();
        byte[] message = hex.parseHex("d40c3a6b6579636172643a6f70656e825826890102071a0c23d0005001975f6f000070008000"
                + "000000000001001a0033dd1c8163313031115088554bd72618abfec4fa79a72aa66ce9");
        OpenKey card = OpenKey.checkCard(7, SITE_KEY, hex.parseHex("04a1b2c3d4e581"), message);
        same("duplicate [101] 01975f6f-0000-7000-8000-000000000001",
                card.kind().label() + " " + card.rooms() + " " + card.issue());
        same(List.of(1, 5), IntStream.rangeClosed(1, 64).filter(card::hasArea).boxed().toList());
        error = thrown(KeycardException.class, // a copy on another card
                () -> OpenKey.checkCard(7, SITE_KEY, hex.parseHex("04a1b2c3d4e582"), message));
        same(Status.NOT_AUTHENTIC, error.code());
    }

    private static void settings(Context context) {
        KeycardException error = thrown(KeycardException.class, () -> new Context("memory:", new byte[31]));
        same(Status.INVALID_ARGUMENT, error.code());
        same(Status.NOT_OFFERED, thrown(KeycardException.class, () -> context.watchLedger(0)).code());
        same(Status.INVALID_ARGUMENT, thrown(KeycardException.class, () -> context.setConnectionRate(-1)).code());
        context.setConnectionRate(0);
        same("adapt", context.newSite("Test Hotel").policy("text"));
    }

    private static void ledgerCopied(Context unused) throws IOException {
        Path folder = Files.createTempDirectory("keycard");
        String uri = "sqlite:" + folder + "/keys.db";
        try (Context context = new Context(uri, SITE_KEY); EventIterator all = context.events()) {
            Site site = desk(context, 0, "");
            context.watchLedger(10);
            String made;
            try (Context other = new Context(uri, SITE_KEY)) {
                made = ask(desk(other, 0, "")).issueOriginal().await().id();
            }
            Event told = all.next();
            while (told.type() != EventType.LEDGER)
                told = all.next();
            same(true, told.entry() > 0);
            same(made, told.operation().id());
            same(0L, site.forgetDeparted(1).await().forgottenCount());
            Operation backup = site.backupLedger(folder + "/backup.db").await();
            Operation copied = site.copyLedger("sqlite:" + folder + "/copy.db").await();
            same(backup.entryCount() + backup.ledgerDigest(), copied.entryCount() + copied.ledgerDigest());
            KeycardException error = thrown(KeycardException.class,
                    () -> new Context("sqlite:" + folder + "/copy.db", new byte[32]));
            same(Status.LEDGER_KEY, error.code());
        } finally {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files)
                    Files.delete(file);
            }
            Files.delete(folder);
        }
    }

    private static void closed(Context context) {
        Site site = desk(context, 0, "&key-image=on");
        Key key = ask(site).setPhone("+44 7700 900123").setReturnImage(true).sendMobile().await().key();
        context.close();
        context.close();
        thrown(IllegalStateException.class, site::newRequest);
        thrown(IllegalStateException.class, context::dispatch);
        same("+447700900123 64", key.phone() + " " + key.image().length); // keys outlive their context
        key.close();
        thrown(IllegalStateException.class, key::phone);
    }

    private static int left(Context context) throws ReflectiveOperationException {
        Field references = Context.class.getDeclaredField("references");
        references.setAccessible(true);
        Object found = references.get(context);
        Field left = found.getClass().getDeclaredField("left");
        left.setAccessible(true);
        return ((Collection<?>) left.get(found)).size();
    }

    private static void forgotten(Context context) throws Exception {
        Site site = desk(context, 0, "");
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (left(context) == 0) {
            same(true, System.nanoTime() < end);
            for (int i = 0; i < 500; i++)
                site.newRequest();
            System.gc();
            Thread.sleep(10);
        }
        context.dispatch(); // gives back what the cleaner left to this thread
        ask(site).issueOriginal().await();
    }

    private static void futures(Context unused) {
        try (Dispatcher desk = new Dispatcher("memory:")) {
            Thread thread = desk.call(context -> Thread.currentThread()).join();
            Site site = desk.call(context -> desk(context, 20, "")).join();
            List<CompletableFuture<String>> all = IntStream.range(0, 4).mapToObj(n -> desk.compose(context ->
                    ask(site, "r" + n, "" + n).issueOriginal().future().thenApply(operation -> {
                        same(thread, Thread.currentThread());
                        return operation.key().rooms().get(0);
                    }))).toList();
            same(List.of("r0", "r1", "r2", "r3"), all.stream().map(CompletableFuture::join).toList());
            Throwable failure = thrown(CompletionException.class,
                    () -> desk.compose(context -> ask(context.newSite("Empty Hotel")).issueOriginal().future()).join());
            same(KeycardException.class, failure.getCause().getClass());
        }
    }

    private static void dispatcherClosed(Context unused) {
        Dispatcher desk = new Dispatcher("memory:");
        CompletableFuture<CompletableFuture<Operation>> started =
                desk.call(context -> ask(desk(context, FOREVER, "")).issueOriginal().future());
        CompletableFuture<Operation> waiting = started.join();
        desk.close();
        desk.close();
        Throwable failure = thrown(CompletionException.class, waiting::join);
        same(CancellationException.class, failure.getCause().getClass());
        thrown(RejectedExecutionException.class, () -> desk.execute(() -> { }));
    }

    public static void main(String[] arguments) {
        Map<String, Body> tests = new TreeMap<>(Map.of("plugged", Test::plugged, "listed", Test::listed, "openKeys",
                Test::openKeys, "settings", Test::settings, "ledgerCopied", Test::ledgerCopied));
        tests.putAll(Map.of("namesAndDrivers", Test::namesAndDrivers, "refusedValues",
                Test::refusedValues, "timeOut", Test::timeOut, "events", Test::events, "question", Test::question,
                "ledger", Test::ledger, "closed", Test::closed, "forgotten", Test::forgotten, "futures", Test::futures,
                "dispatcherClosed", Test::dispatcherClosed));
        int failed = 0;
        for (Map.Entry<String, Body> test : tests.entrySet()) {
            try (Context context = new Context("memory:")) {
                test.getValue().run(context);
                System.out.println("ok " + test.getKey());
            } catch (Throwable failure) {
                failed++;
                System.out.print("FAILED " + test.getKey() + ": ");
                failure.printStackTrace(System.out);
            }
        }
        System.exit(failed);
    }
}
