#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds and runs a program of this folder, or a file: sh run.sh PROGRAM|FILE [argument]...   Exit status 77: the language is not there.
# "evening_tasks" is EveningTasks.cs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work="${KEYCARD_WORK-$here/build}"
case $1 in
*/*) source=$1 program=$(basename "$1" .cs) ;;
*) program=$(echo "$1" | sed -E 's/(^|_)([a-z])/\U\2/g') && source=$here/$program.cs ;;
esac
shift
for tool in mcs mono; do
    if ! command -v "$tool" >/dev/null; then
        echo "csharp: there is no $tool (Debian: mono-mcs, mono-runtime)"
        exit 77
    fi
done
# The name by which the binding asks for the library is found in its folder.
[ -z "${KEYCARD_LIBRARY-}" ] || export LD_LIBRARY_PATH="$(dirname "$KEYCARD_LIBRARY")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
mkdir -p "$work"
(
    flock 9
    if [ ! -e "$work/Keycard.dll" ] || [ -n "$(find "$here/Keycard" -newer "$work/Keycard.dll")" ]; then
        mcs -nologo -warnaserror -unsafe -target:library -out:"$work/Keycard.dll" "$here"/Keycard/*.cs
    fi
    if [ ! -e "$work/$program.exe" ] || [ -n "$(find "$source" "$work/Keycard.dll" -newer "$work/$program.exe")" ]; then
        mcs -nologo -warnaserror -out:"$work/$program.exe" -reference:"$work/Keycard.dll" -reference:System.Core.dll "$source"
    fi
) 9>"$work/lock"
# shellcheck disable=SC2086 # a command and its arguments
exec ${KEYCARD_WRAP-} mono "$work/$program.exe" "$@"
