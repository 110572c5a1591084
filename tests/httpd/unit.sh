#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whether systemd takes the unit, and how much of the machine it leaves open: unit.sh SYSTEMD_ANALYZE UNIT PROGRAM
set -eu

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
program=$(realpath -- "$3")
sed "s#^ExecStart=[^ ]*#ExecStart=$program#; /^Documentation=/d" "$2" >"$scratch/keycard-httpd.service"
"$1" verify --man=no "$scratch/keycard-httpd.service" 2>&1 | grep -F "$scratch/keycard-httpd.service" && exit 1
# A ledger that is not there yet, as after a power cut, must not end it for good: never 5 starts in 10 seconds.
grep -qx 'RestartSec=5' "$2"
# 0 is closed, 10 is open; what a network service needs leaves less than 2
"$1" security --offline=true --threshold=20 "$scratch/keycard-httpd.service" | tail -n 1
