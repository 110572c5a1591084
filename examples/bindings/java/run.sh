#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds and runs a program of this folder, or a file: sh run.sh PROGRAM|FILE [argument]...   Exit status 77: the language is not there.
# "evening_futures" is EveningFutures.java.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work="${KEYCARD_WORK-$here/build}"
case $1 in
*/*) program=$1 ;; # Java compiles it itself
*) program=$(echo "$1" | sed -E 's/(^|_)([a-z])/\U\2/g') ;;
esac
shift
jna=${KEYCARD_JNA-/usr/share/java/jna.jar}
if ! command -v javac >/dev/null || [ ! -e "$jna" ]; then
    echo "java: there is no Java or no JNA in $jna (Debian: default-jdk-headless, libjna-java)"
    exit 77
fi
mkdir -p "$work"
(
    flock 9
    if [ ! -e "$work/made" ] || [ -n "$(find "$here" -name '*.java' -newer "$work/made")" ]; then
        touch "$work/making"
        javac -J-XX:TieredStopAtLevel=1 -J-XX:+UseSerialGC -Xlint:all -Werror --release 17 -encoding UTF-8 -d "$work/classes" -cp "$jna" "$here"/keycard/*.java "$here"/*.java
        mv "$work/making" "$work/made"
    fi
) 9>"$work/lock"
# Short runs: without the compiler that takes its time, and with one thread for memory.
case $program in
Bench) quick= ;;
*) quick='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' ;;
esac
# shellcheck disable=SC2086 # a list of options
exec ${KEYCARD_WRAP-} java $quick -Dfile.encoding=UTF-8 -cp "$work/classes:$jna" "$program" "$@"
