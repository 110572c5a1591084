#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds and runs a program of this folder: sh run.sh PROGRAM [argument]...   Exit status 77: the language is not there.
# The program "check" runs the crate's tests.
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
cd "$here"
case $program in
check) exec cargo test --quiet --locked --offline ;;
bench) exec cargo run --quiet --locked --offline --release --example bench -- "$@" ;;
*) exec cargo run --quiet --locked --offline --example "$program" -- "$@" ;;
esac
