#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Writes the bookings of the demo, around today in the time zone of TZ: sh bookings.sh >bookings.json
set -eu
day() { date -d "$1 days" +%Y-%m-%d; }

# booking ID GUEST ROOM ARRIVAL DEPARTURE [PHONE [EMAIL]], the dates as days from today
separator='['
booking()
{
    printf '%s\n  {"id": "%s", "guest": "%s", "room": "%s", "arrival": "%sT15:00", "departure": "%sT11:00",\n' \
        "$separator" "$1" "$2" "$3" "$(day "$4")" "$(day "$5")"
    printf '   "phone": "%s", "email": "%s", "areas": [], "cards": 1}' "${6-}" "${7-}"
    separator=','
}

booking 4711 'Guest A, family' 101 +0 +3 '+44 7700 900123' 'guest.a@example.com'
booking 4712 'Guest B' 102 +0 +1 '+44 7700 900456'
booking 4713 'Guest C (Größe, Ñandú, Гост)' '' +0 +7
booking 4714 'Guest D' 201 +0 +2 '' 'guest.d@example.com'
booking 4715 'Guest E' 301 +0 +4
booking 4718 'Guest H' 302 +0 +2
booking 4719 'Guest I' 303 +0 +3 '+44 7700 900321'
booking 4716 'Guest F' 103 +1 +5 '+44 7700 900789' 'guest.f@example.com'
booking 4717 'Guest G' 104 -2 +2
printf '\n]\n'
