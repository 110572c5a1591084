#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The binary interface of a release, for comparison by later ones. To be stored when a version is released:
#   sh tests/abi/record.sh BUILD-DIRECTORY             writes tests/abi/libkeycard.abi
#   sh tests/abi/record.sh --compare BUILD-DIRECTORY   fails if anything of the stored interface is gone or changed
# The build directory must have debug information.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
stored=$root/tests/abi/libkeycard.abi

describe()
{
    abidw --headers-dir "$root/include" --drop-private-types --no-corpus-path --no-comp-dir-path --no-show-locs \
        --out-file "$2" "$1/lib/libkeycard.so"
}

if [ "${1-}" = --compare ]; then
    now=$(mktemp)
    trap 'rm -f "$now"' EXIT
    describe "$2" "$now"
    # Additions are welcome; every other difference fails.
    abidiff --no-architecture --no-added-syms "$stored" "$now"
elif [ $# -eq 1 ]; then
    describe "$1" "$stored"
    echo "stored the interface in ${stored#"$root"/}"
else
    sed -n '3,6s/^# *//p' "$0" >&2
    exit 2
fi
