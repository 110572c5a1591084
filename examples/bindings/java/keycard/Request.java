// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

/** What is wanted. Setters check at once and can be chained; it may be changed and used again. */
public final class Request extends Members.OfRequest {
    Request(long pointer, Context context) {
        super(pointer, Calls::kc_request_unref, context);
    }
}
