// SPDX-License-Identifier: LGPL-2.1-or-later
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;
import keycard.Codes.Status;
import keycard.Context;
import keycard.Site;

/**
 * What a call through the binding costs, against JNA's cheapest call of the same shape: a number in and a String out,
 * and a handle in and a String out.
 */
final class Bench {
    private static final int CALLS = 20000;
    private static final int ROUNDS = 30;
    private static final int WARM = 5;

    /**
     * Direct mapping, with pointers as long: a quarter of the time of a function that is declared to return a String.
     */
    private static final class Foreign {
        static {
            Native.register(NativeLibrary.getInstance(System.getenv("KEYCARD_LIBRARY")));
        }

        static native long kc_status_name(int status);

        static native int kc_context_new(long[] context);

        static native int kc_site_new(long context, byte[] name, long[] site);

        static native long kc_site_get_name(long site);

        static String decode(long address) {
            Pointer text = new Pointer(address);
            return new String(text.getByteArray(0, (int) text.indexOf(0, (byte) 0)), StandardCharsets.UTF_8);
        }

        static long newSite() {
            long[] context = new long[1];
            long[] site = new long[1];
            byte[] name = "Grand\0".getBytes(StandardCharsets.UTF_8);
            if (kc_context_new(context) != 0 || kc_site_new(context[0], name, site) != 0)
                throw new IllegalStateException("there is no site");
            return site[0];
        }
    }

    private static double nanoseconds(Supplier<String> call) {
        long start = System.nanoTime();
        for (int i = 0; i < CALLS; i++)
            if (call.get().isEmpty())
                throw new IllegalStateException("there is no text");
        return (System.nanoTime() - start) / (double) CALLS;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static void compare(String name, Supplier<String> binding, Supplier<String> foreign) {
        if (!binding.get().equals(foreign.get()))
            throw new IllegalStateException("the calls do not agree");
        double[] ours = new double[ROUNDS];
        double[] bare = new double[ROUNDS];
        double[] ratio = new double[ROUNDS];
        for (int i = -WARM; i < ROUNDS; i++) {
            double one = nanoseconds(binding);
            double other = nanoseconds(foreign);
            if (i < 0)
                continue; // the first rounds are compiled meanwhile
            ours[i] = one;
            bare[i] = other;
            ratio[i] = one / other;
        }
        System.out.printf("%s: binding %.0f ns, foreign %.0f ns, ratio %.2f%n", name, median(ours), median(bare),
                median(ratio));
    }

    public static void main(String[] arguments) {
        compare("status_name", Status.NO_CARD::label, () -> Foreign.decode(Foreign.kc_status_name(-42)));
        try (Context context = new Context("memory:")) {
            Site site = context.newSite("Grand");
            long bare = Foreign.newSite();
            compare("site_name", site::name, () -> Foreign.decode(Foreign.kc_site_get_name(bare)));
        }
    }
}
