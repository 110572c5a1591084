#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds and runs a program of this folder, or a file: sh run.sh PROGRAM|FILE [argument]...   Exit status 77: the language is not there.
# The program "test" runs the crate's tests.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$1
shift
for tool in rustc cargo bindgen; do
    if ! "$tool" --version >/dev/null 2>&1; then
        echo "rust: there is no $tool (Debian: rustc, cargo, bindgen)"
        exit 77
    fi
done
# Inside the sources the header is the one beside them.
[ -z "${KEYCARD_LIBRARY-}" ] || export KEYCARD_INCLUDE="${KEYCARD_INCLUDE-$here/../../../include}"
[ -z "${KEYCARD_LIBRARY-}" ] || export LD_LIBRARY_PATH="$(dirname "$KEYCARD_LIBRARY")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export CARGO_TARGET_DIR="${KEYCARD_WORK-$here}/target"
if [ -n "${KEYCARD_WRAP-}" ]; then # for the programs, not for the compiler
    host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
    export "CARGO_TARGET_${host}_RUNNER=$KEYCARD_WRAP"
fi
manifest=$here/Cargo.toml
case $program in
*/*) # compiled against the crate, as a program that depends on it
    cargo build --quiet --locked --offline --manifest-path "$manifest"
    rustc --edition 2021 ${KEYCARD_LIBRARY:+-L "$(dirname "$KEYCARD_LIBRARY")"} --extern keycard="$CARGO_TARGET_DIR/debug/libkeycard.rlib" \
        -o "${program%.rs}" "$program"
    exec "${program%.rs}" "$@"
    ;;
test)
    cargo test --quiet --locked --offline --manifest-path "$manifest" --test binding
    exec cargo test --quiet --locked --offline --manifest-path "$manifest" --doc
    ;;
bench) exec cargo run --quiet --locked --offline --manifest-path "$manifest" --release --example bench -- "$@" ;;
*) exec cargo run --quiet --locked --offline --manifest-path "$manifest" --example "$program" -- "$@" ;;
esac
