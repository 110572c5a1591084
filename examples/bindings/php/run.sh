#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs a program of this folder, or a file: sh run.sh PROGRAM|FILE [argument]...   Exit status 77: the language is not there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
case $1 in
*/*) program=$1 ;;
*) program=$here/$1.php ;;
esac
shift
if ! php -r 'exit(PHP_VERSION_ID >= 80100 && extension_loaded("FFI") ? 0 : 1);' >/dev/null 2>&1; then
    echo "php: there is no PHP 8.1 or later with FFI (Debian: php-cli)"
    exit 77
fi
# shellcheck disable=SC2086 # a command and its arguments
exec ${KEYCARD_WRAP-} php -d include_path="$here" "$program" "$@"
