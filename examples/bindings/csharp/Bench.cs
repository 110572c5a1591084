// SPDX-License-Identifier: LGPL-2.1-or-later
// What a call through the binding costs, against the cheapest call of the same shape by hand: a number in and a
// string out, and a handle in and a string out.
using System;
using System.Diagnostics;
using System.Linq;
using System.Runtime.InteropServices;
using Keycard;

static class Bench
{
    const int Calls = 20000, Rounds = 30;

    [DllImport("libkeycard.so.0", CallingConvention = CallingConvention.Cdecl)]
    static extern IntPtr kc_status_name(int status);

    [DllImport("libkeycard.so.0", CallingConvention = CallingConvention.Cdecl)]
    static extern int kc_context_new(out IntPtr context);

    [DllImport("libkeycard.so.0", CallingConvention = CallingConvention.Cdecl)]
    static extern int kc_site_new(IntPtr context, string name, out IntPtr site);

    [DllImport("libkeycard.so.0", CallingConvention = CallingConvention.Cdecl)]
    static extern IntPtr kc_site_get_name(IntPtr site);

    static double Nanoseconds(Func<string> call)
    {
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < Calls; i++)
            call();
        return clock.Elapsed.TotalMilliseconds * 1e6 / Calls;
    }

    static double Median(double[] values)
    {
        return values.OrderBy(value => value).ElementAt(values.Length / 2);
    }

    static void Compare(string name, Func<string> binding, Func<string> foreign)
    {
        if (binding() != foreign())
            throw new InvalidOperationException("the calls do not agree");
        var ours = new double[Rounds];
        var bare = new double[Rounds];
        for (int i = -1; i < Rounds; i++)
        {
            double one = Nanoseconds(binding), other = Nanoseconds(foreign);
            if (i < 0)
                continue; // the first round compiles
            ours[i] = one;
            bare[i] = other;
        }
        double ratio = Median(ours.Zip(bare, (one, other) => one / other).ToArray());
        FormattableString times = $"binding {Median(ours):F0} ns, foreign {Median(bare):F0} ns, ratio {ratio:F2}";
        Console.WriteLine(name + ": " + FormattableString.Invariant(times));
    }

    static void Main()
    {
        Compare("status_name", () => Status.NoCard.Label(), () => Marshal.PtrToStringAnsi(kc_status_name(-42)));
        using (var context = new Context())
        {
            var site = context.NewSite("Grand Hotel");
            IntPtr bareContext, bareSite;
            if (kc_context_new(out bareContext) != 0 || kc_site_new(bareContext, "Grand Hotel", out bareSite) != 0)
                throw new InvalidOperationException("there is no site");
            Compare("site_name", () => site.Name, () => Marshal.PtrToStringAnsi(kc_site_get_name(bareSite)));
        }
    }
}
