// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import java.util.function.LongSupplier;

/** What went wrong, what it means for the card, and what to do. No guest data are in it. */
public final class KeycardException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Codes.Status code;
    private final Codes.Advice advice;
    private final Codes.Outcome cardState;
    private final String adviceText;
    private final String field;
    private final String vendorCode;
    private final String vendorText;
    private final transient Operation operation;

    KeycardException(int status, long error, Operation operation) {
        super(sentence(status, error));
        code = Codes.Status.of(status);
        advice = Codes.Advice.of(Calls.kc_error_get_advice(error));
        cardState = Codes.Outcome.of(Calls.kc_error_get_card_state(error));
        adviceText = Text.decode(Calls.kc_error_get_advice_text(error));
        field = Text.decode(Calls.kc_error_get_field(error));
        vendorCode = Text.decode(Calls.kc_error_get_vendor_code(error));
        vendorText = Text.decode(Calls.kc_error_get_vendor_text(error));
        this.operation = operation;
    }

    /** For what was found before the library was asked. */
    KeycardException(Codes.Status code, String message) {
        super(message);
        this.code = code;
        advice = Codes.Advice.CORRECT_REQUEST;
        cardState = Codes.Outcome.NOT_WRITTEN;
        adviceText = field = vendorCode = vendorText = "";
        operation = null;
    }

    private static String sentence(int status, long error) {
        String message = Text.decode(Calls.kc_error_get_message(error));
        String start = message.isEmpty() ? Text.decode(Calls.kc_status_text(status)) : message;
        return (start + " " + Text.decode(Calls.kc_error_get_advice_text(error))).trim();
    }

    /** Throws what a call returned. The error of the called object counts if it is that of this failure. */
    static int check(int status, LongSupplier getError) {
        if (status >= 0)
            return status;
        long error = getError == null ? 0 : getError.getAsLong();
        boolean its = error != 0 && Calls.kc_error_get_code(error) == status;
        throw new KeycardException(status, its ? error : 0, null);
    }

    /** The status with which the call or operation ended. */
    public Codes.Status code() {
        return code;
    }

    /** The stable name of the code, such as "no-card". */
    public String name() {
        return code.label();
    }

    /** What to do next. */
    public Codes.Advice advice() {
        return advice;
    }

    /** The advice as a sentence for the clerk. */
    public String adviceText() {
        return adviceText;
    }

    /** What happened to the card. */
    public Codes.Outcome cardState() {
        return cardState;
    }

    /** The field, option or argument that was wrong, or "". */
    public String field() {
        return field;
    }

    /** The lock system's own error code, or "". */
    public String vendorCode() {
        return vendorCode;
    }

    /** The lock system's own words, or "". */
    public String vendorText() {
        return vendorText;
    }

    /** The operation that ended so, or null for a call that was refused. */
    public Operation operation() {
        return operation;
    }
}
