// SPDX-License-Identifier: LGPL-2.1-or-later
// Made from doc/api.json by examples/bindings/generate.py.
package keycard;

/** Name of an option by index, from 0, or "" past the end. */
public record DriverOption(String name, String defaultValue, String values, String help) {
}
