#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs a program of this folder, or a file: sh run.sh PROGRAM|FILE [argument]...   Exit status 77: the language is not there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
case $1 in
*/*) program=$1 ;;
*) program=$here/$1.py ;;
esac
shift
for python in python3 /usr/bin/python3; do
    if "$python" -c 'import sys, cffi; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
        export PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1
        # shellcheck disable=SC2086 # a command and its arguments
        exec ${KEYCARD_WRAP-} "$python" "$program" "$@"
    fi
done
echo "python: there is no Python 3.9 or later with cffi (Debian: python3-cffi)"
exit 77
