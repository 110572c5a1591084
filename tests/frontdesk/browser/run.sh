#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The front desk in a real browser: sh tests/frontdesk/browser/run.sh BUILD_DIRECTORY [argument of node --test]...
#
# It needs Chromium (Debian's package chromium; CHROMIUM names another program) and Node.js 20 with npm, by which it
# installs playwright-core and axe-core into the build directory. With FRONTDESK_PICTURES=FOLDER the pictures of the
# documentation are taken as well.
set -eu
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
build=$(cd "$1" && pwd)
shift
[ -z "${FRONTDESK_PICTURES-}" ] || FRONTDESK_PICTURES=$(cd "$FRONTDESK_PICTURES" && pwd)
FRONTDESK=$build/examples/frontdesk/frontdesk
KEYCARD_SIM=$build/drivers/simulator/keycard-sim
CHROMIUM=${CHROMIUM:-$(command -v chromium || :)}
PLUGGED_IN=$build/tests/device/plugged_in
PLUGGED_IN_SHIM=$build/tests/device/libplugged_in_shim.so
export FRONTDESK KEYCARD_SIM CHROMIUM FRONTDESK_PICTURES PLUGGED_IN PLUGGED_IN_SHIM

major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
[ "$major" -ge 20 ] || { echo "run.sh: Node.js 20 or later is needed" >&2; exit 1; }
[ -n "$CHROMIUM" ] || { echo "run.sh: chromium is needed" >&2; exit 1; }
# Nothing is installed in the source tree.
work=$build/frontdesk-browser
mkdir -p "$work"
cp "$here"/*.mjs "$here"/package.json "$here"/package-lock.json "$work"
cd "$work"
if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --ignore-scripts --no-audit --no-fund >&2
    cp package-lock.json node_modules/.installed
fi
exec node --test --test-concurrency=2 "$@" ./*.test.mjs
