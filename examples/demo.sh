#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A clerk's evening with libkeycard, from the encoders to the list of keys:
#
#     sh examples/demo.sh         the whole evening, on SALTO
#     sh examples/demo.sh tour    a short one on each lock system, with one command line option changed
#
# It installs what is missing, builds, starts simulated lock systems on this computer, and makes keys there. The
# story is also a test: the script fails at the first step that does not end as it says. KEYCARD_BUILD_DIR names
# another build directory than build-demo; nothing outside it and a temporary folder is touched.
set -eu
unset CDPATH
cd "$(dirname "$0")/.."

if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold='' plain=''; fi
title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
script=demo
. examples/simulated.sh

case ${1-} in
'' | tour) ;;
*) fail "there is no \"$1\"; say: sh examples/demo.sh [tour]" ;;
esac
build_programs examples/keycard/keycard drivers/simulator/keycard-sim
PATH=$build/examples/keycard:$build/drivers/simulator:$PATH

folder=$(mktemp -d)
simulator=
# shellcheck disable=SC2329 # called by the trap
end()
{
    [ -z "$simulator" ] || kill "$simulator" 2>/dev/null || :
    rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' INT TERM HUP
journal=$folder/journal
XDG_CONFIG_HOME=$folder
export XDG_CONFIG_HOME
departure=$(date -u -d '+3 days' +%Y-%m-%d)
later=$(date -u -d '+5 days' +%Y-%m-%d)

# Runs the tool, shows command and output, and checks the exit status. The output stays in $folder/output.
keycard_ends()
{
    wanted=$1
    shift
    printf '\n  $ keycard'
    for word in "$@"; do
        case $word in
        *[!A-Za-z0-9_+@.:=/-]*) printf ' "%s"' "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    {
        got=0
        keycard "$@" 2>&1 || got=$?
        echo "$got" >"$folder/status"
    } | tee "$folder/output" | sed -u '/^\[[a-z]* [a-z]*\]/{/^\[debug wire\]/!d;s/^\[debug wire\]/wire:/;};s/^/    /'
    got=$(cat "$folder/status")
    [ "$got" = "$wanted" ] || fail "this should have ended with exit status $wanted, not $got"
}

# The last output must say this.
tells() { grep -q -e "$1" "$folder/output" || fail "the output should say \"$1\""; }
# So many effects of a kind must stand in the journal of the simulator.
effects()
{
    got=$(grep '"event": *"effect"' "$journal" | grep -c "\"kind\": *\"$1\"" || :)
    [ "$got" = "$2" ] || fail "the lock system should have made $2 of kind $1, not $got"
}

# Starts the simulated lock system of a driver; leaves where it listens in $address.
start_simulator()
{
    driver=$1
    shift
    [ -z "$simulator" ] || kill "$simulator" 2>/dev/null || :
    : >"$journal"
    keycard-sim "$driver" --listen 127.0.0.1:0 --journal "$journal" "$@" >"$folder/simulator" 2>&1 &
    simulator=$!
    await_line "$simulator" "$folder/simulator" "the simulator" "keycard-sim: $driver on "
    address=$found
}

# ---- The tour -----------------------------------------------------------------------------------------------------

# Whether the lock system in use offers something: 0, or the exit status of a refusal.
if_offered()
{
    case " $offers " in *" $1 "*) echo 0 ;; *) echo 3 ;; esac
}

# The evening: everything is the same for every lock system but $system, which is one option of the command line.
evening()
{
    keycard_ends 0 issue --system "$system" --booking 4711 --room 101 --until "$departure" --encoder 1
    effects original 1
    keycard_ends 0 duplicate --system "$system" --booking 4711
    effects duplicate 1
    keycard_ends 0 reissue --system "$system" --booking 4711 --until "$later"
    tells 'made void'
    effects original 2
    say ""
    say "The answer to the next request is lost: the key is made, but nobody here knows."
    keycard_ends 4 issue --system "$system" --booking 4712 --room 102 --until "$departure" --encoder 2
    effects original 3
    keycard_ends 3 duplicate --system "$system" --booking 4712
    operation=$(keycard operations --unresolved --json | sed -n 's/.*"id": *"\([0-9a-f-]*\)".*/\1/p' | head -n 1)
    keycard_ends 0 resolve --operation "$operation" --how opens
    keycard_ends 0 duplicate --system "$system" --booking 4712
    effects duplicate 2
    keycard_ends "$(if_offered phone)" mobile --system "$system" --booking 4711 --phone "+44 7700 900123"
    keycard_ends "$(if_offered email)" mobile --system "$system" --booking 4711 --email guest@example.com
    keycard_ends "$(if_offered check-out)" checkout --system "$system" --booking 4712
    keycard_ends 0 keys
}

# tour DRIVER URI-SCHEME URI-REST SIMULATOR-OPTION...
visit()
{
    driver=$1 scheme=$2 rest=$3
    shift 3
    start_simulator "$driver" --fault drop-after-ack@4 "$@"
    system="locks=$scheme://$address$rest"
    offers=$(keycard drivers "$driver" --json | sed 's/.*"capabilities":\[\([^]]*\)\].*/\1/;s/[",]/ /g')
    title "$(keycard drivers "$driver" | head -n 1)"
    say "    --system $system"
    rm -f "$folder"/ledger.db*
    evening
}

begin_settings()
{
    mkdir -p "$folder/keycard"
    cat >"$folder/keycard/keycard.conf" <<END
[keycard]
site = Grand Hotel
time-zone = Europe/Sofia
station = desk-1
operator = Reception
ledger = sqlite:$folder/ledger.db
END
}

tour()
{
    title "The same evening on every lock system"
    begin_settings
    sed 's/^/    /' "$folder/keycard/keycard.conf"
    visit salto salto+tcp "?mobile=on"
    visit onity onity+tcp "?mobile-encoder=99"
    visit saflok-irs saflok+tcp "?password=1234"
    visit saflok-lens saflok+http "?mobile=on"
    visit ambiance ambiance+http "/MessengerPMSWS.asmx?mobile=on"
    title "Every step ended as told, on each of them."
}

if [ "${1-}" = tour ]; then
    tour
    exit 0
fi

# ---- The whole evening ---------------------------------------------------------------------------------------------

title "The lock system"
say "A simulated SALTO server with two encoders, listening on this computer. Its hand puts each card down"
say "after 0.7 seconds. Request 5 will fail with EP, the answer to request 7 will be lost."
start_simulator salto --encoder "Desk 1" --encoder "Desk 2" --hand-ms 700 \
    --fault error:EP@5 --fault drop-after-ack@7
head -n 1 "$folder/simulator" | sed 's/^/    /'

title "The configuration of the front desk: keycard.conf"
begin_settings
cat >>"$folder/keycard/keycard.conf" <<END

[system salto]
uri = salto+tcp://$address
mobile = on
encoder = Desk 1
encoder = Desk 2
END
sed 's/^/    /' "$folder/keycard/keycard.conf"

title "1. Which encoders are there?"
keycard_ends 0 encoders
tells 'Desk 1'
tells 'Desk 2'

title "2. Booking 4711 arrives: the original key of room 101, with what goes over the wire"
say "The intent is in the ledger before the request leaves. The encoder then waits for the card."
keycard_ends 0 issue --booking 4711 --room 101 --until "$departure" --encoder "Desk 2" --verbose
tells 'original'
effects original 1

title "3. A second card for the companion: a duplicate, which makes no key void"
say "It is made on the encoder last used at this desk, which is Desk 2, whatever is named here."
keycard_ends 0 duplicate --booking 4711 --encoder "Desk 1"
tells 'encoder  *Desk 2'
effects duplicate 1

title "4. Two more nights: the cards are made again"
keycard_ends 0 reissue --booking 4711 --until "$later"
tells 'made void'
keycard_ends 0 duplicate --booking 4711
effects original 2
effects duplicate 2

title "5. An error in coding, and the retry"
say "The lock system answers EP: the card lies badly. Nothing was written, and the error says so."
keycard_ends 3 issue --booking 4712 --room 102 --until "$departure" --encoder "Desk 1"
tells 'EP'
effects original 2
keycard_ends 0 retry --booking 4712
effects original 3

title "6. The connection breaks after the request left: nobody knows what is on the card"
keycard_ends 4 issue --booking 4713 --room 103 --until "$departure" --encoder "Desk 1"
operation=$(sed -n 's/.*resolve --operation \([0-9a-f-]*\).*/\1/p' "$folder/output" | head -n 1)
[ -n "$operation" ] || fail "the operation should be named"
say ""
say "It is not sent again: a second original could lock the guest out. A retry is refused until this is settled,"
keycard_ends 3 retry --operation "$operation"
say ""
say "so, when the encoder is quiet, the card is put on it once more, and read."
tries=0
until grep -q '"kind": *"original".*"103"' "$journal" || [ "$tries" -ge 300 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
keycard_ends 0 resolve --operation "$operation" --how read
tells 'is written'
effects original 4

title "7. A mobile key"
say "SALTO sends mobile keys to phone numbers only. An e-mail address is refused at once, not lost."
keycard_ends 3 mobile --booking 4711 --email guest@example.com
keycard_ends 0 mobile --booking 4711 --phone "+44 7700 900123"
effects mobile 1

title "8. Check-out; after it no duplicate can be made, for it could let the next guest's card die"
keycard_ends 0 checkout --booking 4712 --room 102
effects check-out 1
keycard_ends 3 duplicate --booking 4712

title "9. What the ledger says"
keycard_ends 0 keys
tells 'mobile'
keycard_ends 0 operations --unresolved
tells '^0 operations'

title "10. What the lock system says: its journal"
sed 's/"time":"[^"]*",//;s/^/    /' "$journal"
effects original 4
effects duplicate 2

title "Every step ended as told, and ledger and lock system agree."
