// SPDX-License-Identifier: LGPL-2.1-or-later
// Made from doc/api.json by examples/bindings/generate.py.
package keycard;

/** Options of the driver; those of its link are listed at kc_system_set_option(). */
public record DriverOption(String name, String defaultValue, String values, String help) {
}
