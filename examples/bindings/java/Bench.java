// SPDX-License-Identifier: LGPL-2.1-or-later
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;
import keycard.Codes.Status;

/** What a call through the binding costs, against JNA's cheapest call of the same shape: a number in, a String out. */
final class Bench {
    private static final int CALLS = 20000;
    private static final int ROUNDS = 30;
    private static final int WARM = 5;

    /** Direct mapping: the cheapest that JNA has. */
    private static final class Foreign {
        static {
            Native.register(NativeLibrary.getInstance(System.getenv("KEYCARD_LIBRARY"), Map.of(Library.OPTION_STRING_ENCODING, "UTF-8")));
        }

        static native String kc_status_name(int status);
    }

    private static double nanoseconds(Supplier<String> call) {
        long start = System.nanoTime();
        for (int i = 0; i < CALLS; i++)
            if (call.get().length() != 7)
                throw new IllegalStateException("that is not no-card");
        return (System.nanoTime() - start) / (double) CALLS;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    public static void main(String[] arguments) {
        double[] binding = new double[ROUNDS];
        double[] foreign = new double[ROUNDS];
        double[] ratio = new double[ROUNDS];
        for (int i = -WARM; i < ROUNDS; i++) {
            double one = nanoseconds(Status.NO_CARD::label);
            double other = nanoseconds(() -> Foreign.kc_status_name(-42));
            if (i < 0)
                continue; // the first rounds are compiled meanwhile
            binding[i] = one;
            foreign[i] = other;
            ratio[i] = one / other;
        }
        System.out.printf("status_name: binding %.0f ns, foreign %.0f ns, ratio %.2f%n", median(binding), median(foreign), median(ratio));
    }
}
