// SPDX-License-Identifier: LGPL-2.1-or-later
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;
import keycard.Codes.Status;

/** What a call through the binding costs, against JNA's cheapest call of the same shape: a number in, a String out. */
final class Bench {
    private static final int CALLS = 20000;
    private static final int ROUNDS = 30;
    private static final int WARM = 5;

    /** Direct mapping, with the pointer as a long: a quarter of the time of a function that is declared to return a String. */
    private static final class Foreign {
        static {
            Native.register(NativeLibrary.getInstance(System.getenv("KEYCARD_LIBRARY")));
        }

        static native long kc_status_name(int status);

        static String call() {
            Pointer name = new Pointer(kc_status_name(-42));
            return new String(name.getByteArray(0, (int) name.indexOf(0, (byte) 0)), StandardCharsets.UTF_8);
        }
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
            double other = nanoseconds(Foreign::call);
            if (i < 0)
                continue; // the first rounds are compiled meanwhile
            binding[i] = one;
            foreign[i] = other;
            ratio[i] = one / other;
        }
        System.out.printf("status_name: binding %.0f ns, foreign %.0f ns, ratio %.2f%n", median(binding), median(foreign), median(ratio));
    }
}
