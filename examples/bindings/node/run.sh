#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs a program of this folder, or a file: sh run.sh PROGRAM|FILE [argument]...   Exit status 77: the language is not there.
# koffi is installed by npm into KEYCARD_WORK, or into this folder. The program "types" has TypeScript check types.ts.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$1
shift
major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
if [ "$major" -lt 18 ] || ! command -v npm >/dev/null; then
    echo "node: there is no Node.js 18 or later with npm"
    exit 77
fi
work=${KEYCARD_WORK:-$here}
which=--omit=dev
[ "$program" != types ] || { which=--include=dev && work=$work/types; }
mkdir -p "$work"
work=$(cd "$work" && pwd)
(
    # one at a time, and nothing is written that is right already: others may be running
    flock 9
    cd "$here"
    mkdir -p "$work/keycard"
    for file in package.json package-lock.json tsconfig.json ./*.ts ./*.js keycard/*.ts keycard/*.js; do
        cmp -s "$file" "$work/$file" || { cp "$file" "$work/$file.new" && mv "$work/$file.new" "$work/$file"; }
    done
    cd "$work"
    if ! cmp -s package-lock.json node_modules/.installed; then
        npm ci "$which" --ignore-scripts --no-audit --no-fund >&2
        cp package-lock.json node_modules/.installed
    fi
) 9<"$work"
case $program in
types) exec node "$work/node_modules/typescript/bin/tsc" --project "$work" ;;
*/*) # beside the package, where the import of "keycard" finds it
    copy=$work/program-$$.mjs
    trap 'rm -f "$copy"' EXIT
    cp "$program" "$copy"
    node "$copy" "$@"
    ;;
*) # shellcheck disable=SC2086 # a command and its arguments
    exec ${KEYCARD_WRAP-} node "$work/$program.js" "$@" ;;
esac
