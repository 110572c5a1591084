# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scripts here share that build the programs and run them on simulated lock systems. It is read by them, in the
# folder of the project; $script is their name.
# shellcheck shell=sh

say() { printf '%s\n' "$*"; }
fail()
{
    printf '%s: %s\n' "${script:?}" "$*" >&2
    exit 1
}

# build_programs TARGET...: installs what is missing, and builds; leaves the build directory in $build. KEYCARD_BUILD_DIR
# names another one than build-demo.
build_programs()
{
    sh .ci/packages.sh build
    build=${KEYCARD_BUILD_DIR:-build-demo}
    if [ ! -f "$build/build.ninja" ]; then
        say "Setting up $build ..."
        meson setup "$build" -Dtests=false >/dev/null || fail "meson setup failed"
    fi
    say "Building ..."
    ninja -C "$build" "$@" >"$build/$script.log" 2>&1 || {
        cat "$build/$script.log" >&2
        fail "the build failed"
    }
    build=$(cd "$build" && pwd)
}

# await_line PROCESS OUTPUT WHAT BEGINNING: until a line of its output begins so; leaves the rest of that line in $found.
await_line()
{
    tries=0
    until grep -q "^$4" "$2"; do
        kill -0 "$1" 2>/dev/null || fail "$3 did not start: $(cat "$2")"
        tries=$((tries + 1))
        [ "$tries" -le 300 ] || fail "$3 does not say where it listens"
        sleep 0.1
    done
    # shellcheck disable=SC2034 # for who reads this file
    found=$(sed -n "s/^$4//p" "$2" | head -n 1)
}
