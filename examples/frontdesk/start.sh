#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The front desk in a browser: sh examples/frontdesk/start.sh [CONFIGURATION]
#
# Without a configuration it installs what is missing, builds, starts a simulated lock system of each kind on this
# computer and the front desk before them, and says where to look. With one (examples/frontdesk/hotel.conf is a model)
# it uses the lock systems that are named there. Ctrl-C ends it. KEYCARD_BUILD_DIR names another build directory than
# build-demo, FRONTDESK_LISTEN another address than 127.0.0.1:8480, FRONTDESK_HAND_MS how long the simulated hands take.
set -eu
unset CDPATH
configuration=
[ $# -eq 0 ] || configuration=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/../.."

script=start
. examples/simulated.sh

build_programs examples/frontdesk/frontdesk drivers/simulator/keycard-sim
desk=$build/examples/frontdesk/frontdesk
simulator=$build/drivers/simulator/keycard-sim
listen=${FRONTDESK_LISTEN:-127.0.0.1:8480}
if [ -n "$configuration" ]; then
    cd "$(dirname "$configuration")"
    exec "$desk" --config "$configuration"
fi

folder=$(mktemp -d)
started=
end()
{
    # shellcheck disable=SC2086 # a list of numbers
    [ -z "$started" ] || kill $started 2>/dev/null || :
    wait
    rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' INT TERM HUP

# lock_system DRIVER URI ENCODERS OPTIONS [line of its section]...: starts the simulator with these encoders and
# options, and writes its section.
lock_system()
{
    driver=$1 uri=$2 encoders=$3 words=$4
    shift 4
    for encoder in $encoders; do words="$words --encoder $encoder"; done
    : >"$folder/$driver"
    # shellcheck disable=SC2086 # a list of options
    "$simulator" "$driver" --listen 127.0.0.1:0 --hand-ms "${FRONTDESK_HAND_MS:-3000}" $words >"$folder/$driver" 2>&1 &
    started="$started $!"
    await_line $! "$folder/$driver" "the simulator" "keycard-sim: $driver on "
    printf '\n[system %s]\nuri = %s\n' "$driver" "$(printf '%s' "$uri" | sed "s/ADDRESS/$found/")"
    for encoder in $encoders; do printf 'encoder = %s\n' "$encoder"; done
    for line in "$@"; do printf '%s\n' "$line"; done
}

password=$(head -c 9 /dev/urandom | base64 | tr '+/' 'xy')
hash=$(printf '%s\n' "$password" | "$desk" --hash-password)
{
    cat <<END
[frontdesk]
listen = $listen
site = Grand Hotel
time-zone = Europe/Sofia
check-in = 15:00
check-out = 11:00
ledger = sqlite:$folder/ledger.db
bookings = $folder/bookings.json
station = desk-1
station = desk-2
station = tablet
area = spa Spa
area = gym Gym
area = garage Garage

[user reception]
password = $hash

[policy]
start = drop
END
    # One line for each lock system.
    lock_system salto salto+tcp://ADDRESS 'Desk-1 Desk-2' '' 'mobile = on' 'area.spa = 1' 'area.gym = 2' 'area.garage = 3'
    lock_system onity onity+tcp://ADDRESS '1 2' '--encoder 99' 'mobile-encoder = 99' 'area.spa = 1' 'area.gym = 2' 'area.garage = 3'
    lock_system saflok-irs saflok+tcp://ADDRESS '03' '' 'password = 1234' 'area.spa = 1' 'area.gym = 2' 'area.garage = 3'
    lock_system saflok-lens saflok+http://ADDRESS '4' '' 'mobile = on' 'area.spa = 1' 'area.gym = 2' 'area.garage = 3'
    lock_system ambiance ambiance+http://ADDRESS/MessengerPMSWS.asmx '5' '' 'mobile = on' 'area.spa = 1' 'area.gym = 2' 'area.garage = 3'
    lock_system fias fias+tcp://ADDRESS '6' '--profile mobile' 'phone-field = A1' 'email-field = A2' 'area.spa = 1' 'area.gym = 2' 'area.garage = 3'
} >"$folder/frontdesk.conf"
TZ=Europe/Sofia sh examples/frontdesk/bookings.sh >"$folder/bookings.json"

: >"$folder/output"
"$desk" --config "$folder/frontdesk.conf" >"$folder/output" 2>&1 &
desk_process=$!
started="$started $desk_process"
await_line "$desk_process" "$folder/output" "the front desk" "frontdesk: http"
say ""
say "The front desk is open:   http$found"
say "User:                     reception"
say "Password:                 $password"
say ""
say "Simulated lock systems:   $(sed -n 's/^\[system \(.*\)\]$/\1/p' "$folder/frontdesk.conf" | tr '\n' ' ')"
say "A card is put on the encoder by itself after a moment. Ctrl-C ends everything; nothing is kept."
wait "$desk_process"
