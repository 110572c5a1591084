// SPDX-License-Identifier: LGPL-2.1-or-later
// What the evening does not show: several operations at once, time-outs, refusals, closed and forgotten handles.
using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Keycard;

static class Test
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60); // nothing here is timed, this only ends what hangs
    const int Forever = 600000; // milliseconds until the virtual hand presents a card
    static readonly byte[] SiteKey = Enumerable.Range(0, 32).Select(one => (byte)one).ToArray(); // of doc/open-key.md

    static void Same<T>(T wanted, T got)
    {
        if (!Equals(wanted, got))
            throw new Exception($"wanted {wanted}, got {got}");
    }

    static T Thrown<T>(Action call) where T : Exception
    {
        try
        {
            call();
        }
        catch (T exception)
        {
            return exception;
        }
        throw new Exception("no " + typeof(T).Name + " was thrown");
    }

    static Site Desk(Context context, int hand = 20, string options = "")
    {
        var site = context.NewSite("Test Hotel");
        site.NewSystem("lock", "virtual:?encoders=0;1;2;3&hand=" + hand + options);
        return site;
    }

    static Request Ask(Site site, string room = "1", string encoder = "1")
    {
        return site.NewRequest().SetBooking("b" + room).AddRoom(room).SetValidity(null, "2097-06-18")
            .SetStation("s" + room).SetEncoder(encoder);
    }

    static void NamesAndDrivers()
    {
        Same(3, Context.Version.Split('.').Length);
        Same(null, Driver.Find("no such driver"));
        var driver = Driver.All.Single(one => one.Name == "virtual");
        Same("virtual", driver.Schemes.Single());
        Same("0", driver.Options.Single(one => one.Name == "hand").Default);
        Same("no-card", Status.NoCard.Label());
        Same("unknown", ((Status)(-9999)).Label());
    }

    static void CapabilitiesAndLimits(Context context)
    {
        var system = context.NewSite("Test Hotel").NewSystem("lock", "virtual:?mobile=off&rooms=4");
        Same(false, system.Has(Capability.Mobile));
        Same(true, system.Driver.Has(Capability.Mobile));
        Same(4L, system.Limit(Limit.Rooms));
        Same("off", system.Option("mobile"));
    }

    static void RefusedValues(Context context)
    {
        var site = Desk(context);
        var error = Thrown<KeycardException>(() => Ask(site).SetValidity(null, "2026-02-29"));
        Same("invalid-argument until CorrectRequest", $"{error.Name} {error.Field} {error.Advice}");
        Same(true, error.Message.Contains("2026-02-29") && error.Message.EndsWith(error.AdviceText));
        Same(Status.InvalidArgument, Thrown<KeycardException>(() => Ask(site).SetGuest("A\0B")).Code);
        Same(Status.InvalidArgument, Thrown<KeycardException>(() => Ask(site).SetGuest("\ud800")).Code);
        Same(Status.NotFound, Thrown<KeycardException>(() => site.NewSystem("x", "no-such-scheme://h")).Code);
        Same(Advice.CheckLedger, Thrown<KeycardException>(() => new Context("sqlite:/no/such/folder/keys.db")).Advice);
        var done = Ask(site).IssueOriginal().Wait(Patience);
        error = Thrown<KeycardException>(() => done.Answer(Answer.Yes)); // which has no error of its own
        Same("state ", error.Name + " " + error.Field);
    }

    static void TimeOut(Context context)
    {
        var operation = Ask(Desk(context, Forever)).IssueOriginal();
        Thrown<TimeoutException>(() => operation.Wait(TimeSpan.FromMilliseconds(50)));
        Same(false, operation.IsDone);
        Task.Run(() => operation.Cancel()).Wait();
        var error = Thrown<KeycardException>(() => operation.Wait(Patience));
        Same("cancelled NotWritten", error.Name + " " + error.CardState);
        Same(operation, error.Operation);
    }

    static void Events(Context context)
    {
        var all = context.Events().GetEnumerator();
        var operation = Ask(Desk(context, 0)).IssueOriginal(); // done at once, and has its events still
        Same(true, all.MoveNext());
        var types = operation.Events().Select(one => one.Type).ToList();
        Same(EventType.Done, types.Last());
        Same(0, operation.Events().Count());
        while (all.Current.Type != EventType.Done)
            all.MoveNext();
        Same(operation, all.Current.Operation);
        Same(null, all.Current.Prompt);
        Same(0, all.Current.Operation.Events().Count());
        all.Dispose();
    }

    static void Question(Context context)
    {
        var site = Desk(context, 0).SetPolicy("second-original", "confirm");
        Ask(site).IssueOriginal().Wait(Patience);
        var second = Ask(site).IssueOriginal();
        foreach (var what in second.Events().Where(one => one.Prompt == Prompt.Confirm))
        {
            Same(1, second.VoidedKeys.Count);
            second.Answer(Answer.No);
        }
        Same(Status.Declined, second.Status);
    }

    static void Ledger(Context context)
    {
        var site = Desk(context, 0, "&charset=ascii");
        var made = Ask(site).SetGuest("Жукова").AddArea("12").SetCopies(2).IssueOriginal().Wait(Patience);
        Same("guest Жукова", made.Warnings[0].Field + " " + made.Warnings[0].Before);
        var found = site.FindOperation(made.Id).Wait(Patience);
        Same("IssueOriginal 1", found.Verb + " " + found.Room);
        var key = site.ListKeys(Filter.Room, "1", 0).Wait(Patience).Key;
        Same("Original Жукова 12 2", $"{key.Kind} {key.Guest} {key.Areas.Single()} {key.Copies}");
        Same(made.Id, site.ListOperations(Filter.All, null, 5).Wait(Patience).Operations.Single().Id);
        site.ForgetGuest("b1").Wait(Patience);
        Same("", site.ListKeys(Filter.All, null, 0).Wait(Patience).Key.Guest);
    }

    static void Plugged(Context context)
    {
        var plugged = Environment.GetEnvironmentVariable("KEYCARD_PLUGGED"); // the name of the one device that is
        if (plugged == null)
            return;
        var site = Desk(context);
        context.WatchDevices(DeviceWatch.Identify);
        var seen = context.Events().Take(3).ToList(); // what it is cannot be asked: it is no whole serial port
        Same("Present Asking Refused", string.Join(" ", seen.Select(one => one.DeviceState)));
        Same(null, seen[2].EncoderState);
        Same(null, seen[2].Operation);
        var device = seen[2].Device;
        Same(plugged + " /dev/ttyUSB0 serial", $"{device.Name} {device.Place} {device.Transport}");
        Same("67b 2303", $"{device.VendorId:x} {device.ProductId:x}");
        Same("Bridge (/dev/ttyUSB0)/Maker/Bridge/K42",
             $"{device.Label}/{device.Manufacturer}/{device.Product}/{device.SerialNumber}");
        Same(" Refused", device.Model + device.Firmware + " " + device.State);
        Same(null, device.System);
        Same(Status.Unreachable, device.Error.Code);
        Same(true, device.Error.Message.Contains(plugged));
        Same("magstripe", device.Drivers.Single().Name);
        Same("magstripe+serial:" + plugged, device.Uri());
        Same("", device.Uri(Driver.Find("virtual")));
        var error = Thrown<KeycardException>(() => device.Identify("nobody"));
        Same(true, error.Code == Status.NotFound && error.Message.Contains("\"nobody\""));
        var found = site.Discover().Wait(Patience);
        Same(plugged, found.Devices.Single().Name);
        Same(plugged, context.Devices.Single().Name);
        Same("0 1 2 3", string.Join(" ", found.Encoders.Select(one => one.Name)));
        site.NewSystem("stripes", device.Uri());
        Same("stripes", device.System.Name);
        context.Dispose();
        Thrown<ObjectDisposedException>(() => device.Name.ToString());
    }

    static void Listed(Context context)
    {
        var found = Desk(context).Discover().Wait(Patience).Devices;
        Same(string.Join(" ", found.Select(one => one.Name)), string.Join(" ", context.Devices.Select(one => one.Name)));
        context.WatchDevices(DeviceWatch.List).WatchDevices(DeviceWatch.Off);
        Same(Status.InvalidArgument, Thrown<KeycardException>(() => context.WatchDevices((DeviceWatch)3)).Code);
    }

    static byte[] Bytes(string hex)
    {
        return Enumerable.Range(0, hex.Length / 2).Select(one => Convert.ToByte(hex.Substring(2 * one, 2), 16)).ToArray();
    }

    static void OpenKeys()
    {
        const string Track = "1203673600226596002760010100165894130";
        var stripe = OpenKey.CheckStripe(7, SiteKey, Track);
        Same("Original 1781510400 1781524800 1781773200 101 ",
             $"{stripe.Kind} {stripe.Sequence} {stripe.From} {stripe.Until} {stripe.Rooms.Single()} {stripe.Issue}");
        var otherKey = SiteKey.Reverse().ToArray();
        Same(Status.NotAuthentic, Thrown<KeycardException>(() => OpenKey.CheckStripe(7, otherKey, Track)).Code);
        if (Driver.Find("contactless") == null)
            return; // the library was built without such cards
        var message = Bytes("d40c3a6b6579636172643a6f70656e825826890102071a0c23d0005001975f6f000070008000" +
                            "000000000001001a0033dd1c8163313031115088554bd72618abfec4fa79a72aa66ce9");
        var card = OpenKey.CheckCard(7, SiteKey, Bytes("04a1b2c3d4e581"), message);
        Same("Duplicate 101 01975f6f-0000-7000-8000-000000000001", $"{card.Kind} {card.Rooms.Single()} {card.Issue}");
        Same("1 5", string.Join(" ", Enumerable.Range(1, 64).Where(card.HasArea)));
        var error = Thrown<KeycardException>(() => // a copy on another card
            OpenKey.CheckCard(7, SiteKey, Bytes("04a1b2c3d4e582"), message));
        Same(Status.NotAuthentic, error.Code);
    }

    static void Settings(Context context)
    {
        Same(Status.InvalidArgument, Thrown<KeycardException>(() => new Context("memory:", new byte[31])).Code);
        Same(Status.NotOffered, Thrown<KeycardException>(() => context.WatchLedger(0)).Code);
        Same(Status.InvalidArgument, Thrown<KeycardException>(() => context.SetConnectionRate(-1)).Code);
        context.SetConnectionRate(0);
        Same("adapt", context.NewSite("Test Hotel").Policy("text"));
    }

    static void LedgerCopied()
    {
        var folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        Directory.CreateDirectory(folder);
        try
        {
            using (var context = new Context("sqlite:" + folder + "/keys.db", SiteKey))
            {
                var site = Desk(context, 0);
                var all = context.Events();
                context.WatchLedger(10);
                string made;
                using (var other = new Context("sqlite:" + folder + "/keys.db", SiteKey))
                    made = Ask(Desk(other, 0)).IssueOriginal().Wait(Patience).Id;
                var told = all.First(one => one.Type == EventType.Ledger);
                Same(true, told.Entry > 0);
                Same(made, told.Operation.Id);
                Same(0L, site.ForgetDeparted(1).Wait(Patience).ForgottenCount);
                var backup = site.BackupLedger(folder + "/backup.db").Wait(Patience);
                var copied = site.CopyLedger("sqlite:" + folder + "/copy.db").Wait(Patience);
                Same(backup.EntryCount + backup.LedgerDigest, copied.EntryCount + copied.LedgerDigest);
            }
            var error = Thrown<KeycardException>(() => new Context("sqlite:" + folder + "/copy.db", new byte[32]));
            Same(Status.LedgerKey, error.Code);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    static void Closed()
    {
        var context = new Context();
        var site = Desk(context, 0, "&key-image=on");
        var key = Ask(site).SetPhone("+44 7700 900123").SetReturnImage(true).SendMobile().Wait(Patience).Key;
        context.Dispose();
        context.Dispose();
        Thrown<ObjectDisposedException>(() => site.NewRequest());
        Thrown<ObjectDisposedException>(() => context.Dispatch());
        Same("+447700900123 64", key.Phone + " " + key.Image.Length); // keys outlive their context
    }

    static int Left(Context context)
    {
        const BindingFlags Inside = BindingFlags.Instance | BindingFlags.NonPublic;
        var references = typeof(Context).GetField("References", Inside).GetValue(context);
        var left = references.GetType().GetField("left", Inside).GetValue(references);
        return ((System.Collections.ICollection)left).Count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Forget(Site site)
    {
        for (int i = 0; i < 500; i++)
            site.NewRequest();
    }

    static void Forgotten(Context context)
    {
        var site = Desk(context);
        for (var end = DateTime.UtcNow + Patience; Left(context) == 0; Thread.Sleep(10))
        {
            Same(true, DateTime.UtcNow < end);
            Forget(site);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        context.Dispatch(); // gives back what the finalizers left to this thread
        Same(0, Left(context));
        Ask(site).IssueOriginal().Wait(Patience);
    }

    static void Tasks()
    {
        using (var desk = new Dispatcher())
        {
            int thread = desk.Run(async context => await Task.FromResult(Thread.CurrentThread.ManagedThreadId)).Result;
            var rooms = desk.Run(async context =>
            {
                var site = Desk(context);
                var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(
                    n => Ask(site, "r" + n, "" + n).IssueOriginal().Completion()));
                Same(thread, Thread.CurrentThread.ManagedThreadId);
                return string.Join(" ", made.Select(one => one.Key.Rooms.Single()));
            }).Result;
            Same("r0 r1 r2 r3", rooms);
            var failed = desk.Run(async context => await Ask(context.NewSite("Empty Hotel")).IssueOriginal());
            Same(true, Thrown<AggregateException>(() => failed.Wait()).InnerException is KeycardException);
        }
    }

    static void DispatcherClosed()
    {
        var desk = new Dispatcher();
        var started = new ManualResetEventSlim();
        var waiting = desk.Run(async context =>
        {
            var operation = Ask(Desk(context, Forever)).IssueOriginal();
            started.Set();
            return await operation;
        });
        started.Wait();
        desk.Dispose();
        Same(true, Thrown<AggregateException>(() => waiting.Wait(Patience)).InnerException is TaskCanceledException);
    }

    static void WithContext(Action<Context> test)
    {
        using (var context = new Context())
            test(context);
    }

    static int Main()
    {
        int failed = 0;
        var alone = new Action[] { NamesAndDrivers, OpenKeys, LedgerCopied, Closed, Tasks, DispatcherClosed };
        var inContext = new Action<Context>[]
        {
            CapabilitiesAndLimits, RefusedValues, TimeOut, Events, Question, Ledger, Plugged, Listed, Settings, Forgotten
        };
        var tests = alone.Select(test => new { test.Method.Name, Run = test }).Concat(
            inContext.Select(test => new { test.Method.Name, Run = new Action(() => WithContext(test)) }));
        foreach (var test in tests)
        {
            try
            {
                test.Run();
                Console.WriteLine("ok " + test.Name);
            }
            catch (Exception exception)
            {
                failed++;
                Console.WriteLine("FAILED " + test.Name + ": " + exception);
            }
        }
        return failed;
    }
}
