// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Texts on their way in and out. */
final class Text {
    private Text() {
    }

    /** A text of the library, which is UTF-8 and never NULL. */
    static String decode(long address) {
        Pointer text = new Pointer(address);
        return new String(text.getByteArray(0, Math.toIntExact(text.indexOf(0, (byte) 0))), StandardCharsets.UTF_8);
    }

    /** NUL-terminated UTF-8; null stays null. */
    static byte[] encode(String text) {
        if (text == null)
            return null;
        try {
            if (text.indexOf('\0') < 0) {
                ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
                byte[] bytes = new byte[encoded.remaining() + 1];
                encoded.get(bytes, 0, bytes.length - 1);
                return bytes;
            }
        } catch (CharacterCodingException exception) {
            // Half of a surrogate pair: see below.
        }
        throw new KeycardException(Codes.Status.INVALID_ARGUMENT,
                "The text holds a NUL character or half of a surrogate pair.");
    }
}
