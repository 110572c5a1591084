// SPDX-License-Identifier: LGPL-2.1-or-later
// An evening at the desk, as ../README.md tells it, with tasks: a dispatcher's thread has the context, nobody blocks.
using System;
using System.Threading.Tasks;
using Keycard;

static class EveningTasks
{
    static string Setting(string name)
    {
        return Environment.GetEnvironmentVariable(name) ?? throw new ArgumentException(name + " is not set");
    }

    static string Place(Key key)
    {
        return key.Encoder != "" ? key.Encoder : key.Phone;
    }

    static async Task Written(string step, Operation operation)
    {
        var key = (await operation).Key;
        string what = $"{operation.Outcome.Label()}, {key.Kind.Label()} {string.Join(" ", key.Rooms)}";
        Console.WriteLine($"{step}: {what} until {key.Until}, {Place(key)}");
    }

    static async Task Failed(string step, Operation operation)
    {
        try
        {
            await operation;
        }
        catch (KeycardException error)
        {
            string vendor = $"vendor '{error.VendorCode}', advice '{error.AdviceText}'";
            Console.WriteLine($"{step}: {error.Name}, {error.CardState.Label()}, field '{error.Field}', {vendor}");
        }
    }

    static async Task Follow(string step, Operation operation, Action prompted)
    {
        for (Event what; (what = await operation.NextEvent()) != null;)
        {
            if (what.Prompt != Prompt.PresentCard)
                continue;
            Console.WriteLine($"{step}: {what.Text}");
            prompted();
        }
    }

    static async Task MainTower(Site site)
    {
        var request = site.NewRequest().SetBooking("4711").AddRoom("101").SetGuest("Élodie Müller-Жукова")
            .SetValidity(null, "2036-06-18").SetStation("desk-1").SetEncoder("Desk 1").SetOperator("Reception");
        var original = request.IssueOriginal();
        await Follow("original", original, () => { });
        await Written("original", original);
        request.SetEncoder("Desk 2");
        await Written("duplicate", request.IssueDuplicate());
        request.SetEncoder("Desk 1").SetValidity(null, "2036-06-20T14:00");
        var reissued = request.Reissue();
        await Written("re-issue", reissued);
        Console.WriteLine($"re-issue: {reissued.VoidedKeys.Count} keys void");

        var faulty = request.IssueDuplicate();
        await Failed("fault", faulty);
        await Written("retry", faulty.Retry());
        request.SetPhone("+44 7700 900123");
        await Written("mobile", request.SendMobile());
        request.SetPhone(null).SetEmail("guest@example.com");
        await Failed("e-mail", request.SendMobile());
    }

    static async Task<Site> Opened(Context context)
    {
        var site = context.NewSite("Grand Hotel").SetTimeZone("Europe/Sofia");
        site.NewSystem("salto", Setting("KEYCARD_SALTO")).SetOption("mobile", "on")
            .AddEncoder("Desk 1").AddEncoder("Desk 2");
        site.NewSystem("lens", Setting("KEYCARD_LENS")).AddEncoder("7");
        site.NewSystem("kiosk", "virtual:?encoders=Kiosk&hand=600000");
        foreach (var encoder in (await site.Discover()).Encoders)
            Console.WriteLine($"encoder: {encoder.Name} of {encoder.System.Name}");
        return site;
    }

    static async Task Others(Site site)
    {
        await Written("tower", site.NewRequest().SetBooking("4712").AddRoom("201")
            .SetValidity("2036-06-15", "2036-06-16").SetStation("desk-2").SetEncoder("7").IssueOriginal());
        var waiting = site.NewRequest().SetBooking("4713").AddRoom("301").SetValidity(null, "2036-06-16")
            .SetStation("kiosk").SetEncoder("Kiosk").IssueOriginal();
        // As from a button: Cancel is for any thread.
        await Follow("cancel", waiting, () => Task.Run(() => waiting.Cancel()));
        await Failed("cancel", waiting);
        foreach (var key in (await site.ListKeys(Filter.All, null, 0)).Keys)
            Console.WriteLine($"key: {key.Booking} {key.Kind.Label()} {key.State.Label()} {Place(key)}");
    }

    static void Main()
    {
        using (var desk = new Dispatcher(Setting("KEYCARD_LEDGER")))
        {
            desk.Run(async context =>
            {
                var site = await Opened(context);
                await MainTower(site);
                await Others(site);
            }).GetAwaiter().GetResult();
        }
    }
}
