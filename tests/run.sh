#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the library and runs its tests: sh tests/run.sh [argument of meson test]...
# Installs missing packages on Debian 12 first. The build directory is build-test, or $KEYCARD_BUILD_DIR.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=${KEYCARD_BUILD_DIR:-$root/build-test}

sh "$root/.ci/packages.sh" test
[ -f "$build/build.ninja" ] || meson setup "$build" "$root"
ninja -C "$build"
# most tests wait for the other end rather than compute
exec meson test -C "$build" --no-rebuild --print-errorlogs --num-processes "$(($(nproc) * 3))" "$@"
