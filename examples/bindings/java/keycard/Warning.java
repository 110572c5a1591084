// SPDX-License-Identifier: LGPL-2.1-or-later
// Made from doc/api.json by examples/bindings/generate.py.
package keycard;

/** Warnings. */
public record Warning(String text, String field, String before, String after) {
}
