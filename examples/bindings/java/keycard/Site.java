// SPDX-License-Identifier: LGPL-2.1-or-later
package keycard;

/** One property. Questions to its ledger are operations. */
public final class Site extends Members.OfSite {
    Site(long pointer, Context context) {
        super(pointer, Calls::kc_site_unref, context);
    }

    /** Makes a lock system; the first part of the URI tells of which kind. */
    public LockSystem newSystem(String name, String uri) {
        long[] system = new long[1];
        KeycardException.check(Calls.kc_system_new(pointer(), Text.encode(name), Text.encode(uri), system),
                () -> Calls.kc_site_get_error(pointer()));
        return new LockSystem(system[0], context);
    }

    /** Makes an empty request. */
    public Request newRequest() {
        long[] request = new long[1];
        KeycardException.check(Calls.kc_request_new(pointer(), request), null);
        return new Request(request[0], context);
    }
}
