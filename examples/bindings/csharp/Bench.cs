// SPDX-License-Identifier: LGPL-2.1-or-later
// What a call through the binding costs, against the cheapest call of the same shape by hand: a number in, a string out.
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

    static string Foreign()
    {
        return Marshal.PtrToStringAnsi(kc_status_name(-42));
    }

    static string Binding()
    {
        return Status.NoCard.Label();
    }

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

    static void Main()
    {
        if (Binding() != "no-card" || Foreign() != "no-card")
            throw new InvalidOperationException("the calls do not agree");
        var binding = new double[Rounds];
        var foreign = new double[Rounds];
        for (int i = -1; i < Rounds; i++)
        {
            double one = Nanoseconds(Binding), other = Nanoseconds(Foreign);
            if (i < 0)
                continue; // the first round compiles
            binding[i] = one;
            foreign[i] = other;
        }
        double ratio = Median(binding.Zip(foreign, (one, other) => one / other).ToArray());
        FormattableString line = $"status_name: binding {Median(binding):F0} ns, foreign {Median(foreign):F0} ns, ratio {ratio:F2}";
        Console.WriteLine(FormattableString.Invariant(line));
    }
}
