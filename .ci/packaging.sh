#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs the library from a build directory into a temporary root, then builds and runs a program outside the tree
# with nothing but `pkg-config --cflags --libs libkeycard`: sh .ci/packaging.sh BUILD-DIRECTORY
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=$(CDPATH='' cd -- "$1" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
stage=$scratch/stage

fail()
{
    printf 'packaging: %s\n' "$*" >&2
    exit 1
}

DESTDIR=$stage meson install -C "$build" >"$scratch/install.log" 2>&1 || {
    cat "$scratch/install.log"
    fail "meson install failed"
}
(cd "$stage" && find . ! -type d | sort)

# What is installed: of headers one, of libraries the shared one with its links, its pkg-config file.
headers=$(cd "$stage/usr/include" && find . -type f)
[ "$headers" = ./keycard/keycard.h ] || fail "installed headers are: $headers"
cmp "$stage/usr/include/keycard/keycard.h" "$root/include/keycard/keycard.h"
library=$stage/usr/lib/libkeycard.so
[ -f "$library" ] || fail "no $library"
soname=$(objdump -p "$library" | sed -n 's/^ *SONAME *//p')
[ "$soname" = libkeycard.so.0 ] || fail "the soname is '$soname', not libkeycard.so.0"
[ -f "$stage/usr/lib/$soname" ] || fail "the soname $soname leads to no file"
if objdump -p "$library" | grep -E 'R(UN)?PATH|TEXTREL'; then fail "the library has a search path or text relocations"; fi
find "$stage" -name '*.a' | grep . && fail "a static archive of internals is installed"
find "$stage" \( -name '*keycard-sim*.so*' -o -name '*internal*' \) | grep . && fail "internals are installed"
grep -n -- "$root" "$stage/usr/lib/pkgconfig/libkeycard.pc" && fail "libkeycard.pc names the source folder"

mkdir "$scratch/outside"
cd "$scratch/outside"
cat >program.c <<'PROGRAM'
#include <keycard/keycard.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    kc_context *context;
    kc_site *site;
    kc_system *system;
    kc_request *request;
    kc_op *op;
    if (kc_version_number() != KC_VERSION_MAJOR * 10000 + KC_VERSION_MINOR * 100 + KC_VERSION_PATCH)
        return 1;
    if (kc_context_new(&context) != KC_OK || kc_site_new(context, "Outside", &site) != KC_OK)
        return 2;
    if (kc_system_new(site, "lock", "virtual:", &system) != KC_OK || kc_request_new(site, &request) != KC_OK)
        return 3;
    if (kc_request_set_booking(request, "4711") != KC_OK || kc_request_add_room(request, "101") != KC_OK ||
        kc_request_set_station(request, "desk-1") != KC_OK || kc_request_set_encoder(request, "Desk 1") != KC_OK ||
        kc_request_set_validity(request, NULL, "2097-06-18") != KC_OK)
        return 4;
    if (kc_issue_original(request, &op) != KC_OK || kc_op_wait(op, 60000) != KC_OK)
        return 5;
    printf("%s: %s, %s\n", kc_version(), kc_status_name(kc_op_get_status(op)), kc_outcome_name(kc_op_get_outcome(op)));
    if (kc_op_get_error(op))
        printf("%s\n", kc_error_get_message(kc_op_get_error(op)));
    if (kc_op_get_status(op) != KC_OK || kc_op_get_outcome(op) != KC_OUTCOME_WRITTEN)
        return 6;
    if (kc_op_get_key_count(op) != 1 || strcmp(kc_key_get_room(kc_op_get_key(op, 0), 0), "101") != 0)
        return 7;
    kc_op_unref(op);
    kc_request_unref(request);
    kc_system_unref(system);
    kc_site_unref(site);
    kc_context_unref(context);
    return 0;
}
PROGRAM
export PKG_CONFIG_SYSROOT_DIR="$stage" PKG_CONFIG_LIBDIR="$stage/usr/lib/pkgconfig" PKG_CONFIG_PATH=
# Whoever uses the shared library needs no development package but this one.
flags=$(pkg-config --cflags --libs libkeycard) || fail "pkg-config does not know libkeycard"
printf 'flags: %s\n' "$flags"
case "$flags" in
*sqlite* | *libpq* | *crypto* | *icu* | *serialport*) fail "libkeycard.pc drags private libraries into the link" ;;
esac
[ "$(pkg-config --modversion libkeycard)" = "$(sed -n "s/^ *version: '\([0-9.]*\)',\$/\1/p" "$root/meson.build" | head -n 1)" ] ||
    fail "libkeycard.pc has another version than meson.build"
# shellcheck disable=SC2086 # a list of words
cc -std=c99 -pedantic -Wall -Wextra -Werror program.c -o program $flags
LD_LIBRARY_PATH=$stage/usr/lib ./program || fail "the program outside the tree ended with status $?"

# The installed command-line tool runs as well.
if [ -x "$stage/usr/bin/keycard" ]; then
    LD_LIBRARY_PATH=$stage/usr/lib "$stage/usr/bin/keycard" --version
fi
