// SPDX-License-Identifier: LGPL-2.1-or-later
// Errors as exceptions.
using System;

namespace Keycard
{
    /// <summary>What went wrong, what it means for the card, and what to do. No guest data are in it.</summary>
    public sealed class KeycardException : Exception
    {
        /// <summary>The status with which the call or operation ended.</summary>
        public readonly Status Code;
        /// <summary>The stable name of the code, such as "no-card".</summary>
        public readonly string Name;
        /// <summary>What to do next.</summary>
        public readonly Advice Advice;
        /// <summary>The advice as a sentence for the clerk.</summary>
        public readonly string AdviceText;
        /// <summary>What happened to the card.</summary>
        public readonly Outcome CardState;
        /// <summary>The field, option or argument that was wrong, or "".</summary>
        public readonly string Field;
        /// <summary>The lock system's own error code, or "".</summary>
        public readonly string VendorCode;
        /// <summary>The lock system's own words, or "".</summary>
        public readonly string VendorText;
        /// <summary>The operation that ended so, or null for a call that was refused.</summary>
        public readonly Operation Operation;

        internal KeycardException(Status code, IntPtr error, Operation operation) : base(Sentence(code, error))
        {
            Code = code;
            Name = code.Label();
            Advice = (Advice)Calls.kc_error_get_advice(error);
            AdviceText = Utf8.Decode(Calls.kc_error_get_advice_text(error));
            CardState = (Outcome)Calls.kc_error_get_card_state(error);
            Field = Utf8.Decode(Calls.kc_error_get_field(error));
            VendorCode = Utf8.Decode(Calls.kc_error_get_vendor_code(error));
            VendorText = Utf8.Decode(Calls.kc_error_get_vendor_text(error));
            Operation = operation;
        }

        /// <summary>For what was found before the library was asked.</summary>
        internal KeycardException(Status code, string message) : base(message)
        {
            Code = code;
            Name = code.Label();
            AdviceText = Field = VendorCode = VendorText = "";
        }

        static string Sentence(Status code, IntPtr error)
        {
            string message = Utf8.Decode(Calls.kc_error_get_message(error));
            if (message == "")
                message = Utf8.Decode(Calls.kc_status_text((int)code));
            return (message + " " + Utf8.Decode(Calls.kc_error_get_advice_text(error))).TrimEnd();
        }

        /// <summary>Throws what a call returned. The error of the called object counts if it is that of this failure.
        /// </summary>
        internal static int Check(int status, Func<IntPtr> getError = null)
        {
            if (status >= 0)
                return status;
            IntPtr error = getError == null ? IntPtr.Zero : getError();
            bool its = Calls.kc_error_get_code(error) == status;
            var exception = new KeycardException((Status)status, its ? error : IntPtr.Zero, null);
            GC.KeepAlive(getError); // which has the object that the error belongs to
            throw exception;
        }
    }
}
