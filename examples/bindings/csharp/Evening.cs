// SPDX-License-Identifier: LGPL-2.1-or-later
// An evening at the desk, as ../README.md tells it, in blocking calls.
using System;
using System.Linq;
using Keycard;

static class Evening
{
    static string Setting(string name)
    {
        return Environment.GetEnvironmentVariable(name) ?? throw new ArgumentException(name + " is not set");
    }

    static string Place(Key key)
    {
        return key.Encoder != "" ? key.Encoder : key.Phone;
    }

    static void Written(string step, Operation operation)
    {
        var key = operation.Wait().Key;
        string what = $"{operation.Outcome.Label()}, {key.Kind.Label()} {string.Join(" ", key.Rooms)}";
        Console.WriteLine($"{step}: {what} until {key.Until}, {Place(key)}");
    }

    static void Failed(string step, Operation operation)
    {
        try
        {
            operation.Wait();
        }
        catch (KeycardException error)
        {
            string vendor = $"vendor '{error.VendorCode}', advice '{error.AdviceText}'";
            Console.WriteLine($"{step}: {error.Name}, {error.CardState.Label()}, field '{error.Field}', {vendor}");
        }
    }

    static void Follow(string step, Operation operation, Action prompted)
    {
        foreach (var what in operation.Events().Where(one => one.Prompt == Prompt.PresentCard))
        {
            Console.WriteLine($"{step}: {what.Text}");
            prompted();
        }
    }

    static void MainTower(Site site)
    {
        var request = site.NewRequest().SetBooking("4711").AddRoom("101").SetGuest("Élodie Müller-Жукова")
            .SetValidity(null, "2036-06-18").SetStation("desk-1").SetEncoder("Desk 1").SetOperator("Reception");
        var original = request.IssueOriginal();
        Follow("original", original, () => { });
        Written("original", original);
        request.SetEncoder("Desk 2");
        Written("duplicate", request.IssueDuplicate());
        request.SetEncoder("Desk 1").SetValidity(null, "2036-06-20T14:00");
        var reissued = request.Reissue();
        Written("re-issue", reissued);
        Console.WriteLine($"re-issue: {reissued.VoidedKeys.Count} keys void");

        var faulty = request.IssueDuplicate();
        Failed("fault", faulty);
        Written("retry", faulty.Retry());
        request.SetPhone("+44 7700 900123");
        Written("mobile", request.SendMobile());
        request.SetPhone(null).SetEmail("guest@example.com");
        Failed("e-mail", request.SendMobile());
    }

    static void Main()
    {
        using (var context = new Context(Setting("KEYCARD_LEDGER")))
        {
            var site = context.NewSite("Grand Hotel").SetTimeZone("Europe/Sofia");
            site.NewSystem("salto", Setting("KEYCARD_SALTO")).SetOption("mobile", "on")
                .AddEncoder("Desk 1").AddEncoder("Desk 2");
            site.NewSystem("lens", Setting("KEYCARD_LENS")).AddEncoder("7");
            site.NewSystem("kiosk", "virtual:?encoders=Kiosk&hand=600000");
            foreach (var encoder in site.Discover().Wait().Encoders)
                Console.WriteLine($"encoder: {encoder.Name} of {encoder.System.Name}");
            MainTower(site);

            Written("tower", site.NewRequest().SetBooking("4712").AddRoom("201").SetValidity("2036-06-15", "2036-06-16")
                .SetStation("desk-2").SetEncoder("7").IssueOriginal());
            var waiting = site.NewRequest().SetBooking("4713").AddRoom("301").SetValidity(null, "2036-06-16")
                .SetStation("kiosk").SetEncoder("Kiosk").IssueOriginal();
            Follow("cancel", waiting, () => waiting.Cancel());
            Failed("cancel", waiting);

            foreach (var key in site.ListKeys(Filter.All, null, 0).Wait().Keys)
                Console.WriteLine($"key: {key.Booking} {key.Kind.Label()} {key.State.Label()} {Place(key)}");
        }
    }
}
