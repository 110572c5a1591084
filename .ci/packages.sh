#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs the Debian 12 packages that are missing, and says which: sh .ci/packages.sh build|test|ci
#   build  what the library, the command-line tool and the demo need
#   test   and what tests/run.sh needs
#   ci     and what the further gates of .ci/run need
set -eu

build='meson ninja-build pkg-config gcc libc6-dev libserialport-dev libsqlite3-dev libicu-dev libcurl4-openssl-dev libxml2-dev libssl-dev
       libcbor-dev libinih-dev libjansson-dev libmicrohttpd-dev libcrypt-dev libpq-dev libusb-1.0-0-dev'
test='libcmocka-dev g++ python3 python3-cffi python3-hypothesis python3-jsonschema openssl postgresql-15 umockdev libumockdev-dev'
ci='curl clang-14 libclang-rt-14-dev python3-clang-14 llvm-14 clang-format-14 valgrind abigail-tools doxygen mandoc strace git procps chromium
    fonts-dejavu-core php-cli
    rustc cargo bindgen mono-mcs mono-runtime libmono-system-core4.0-cil default-jdk-headless libjna-java
    libuv1-dev libev-dev libglib2.0-dev libsystemd-dev qt6-base-dev'

say()
{
    printf 'packages: %s\n' "$*" >&2
}

case "${1-}" in
build) wanted=$build ;;
test) wanted="$build $test" ;;
ci) wanted="$build $test $ci" ;;
*)
    say "usage: sh .ci/packages.sh build|test|ci"
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
    say "this is not Debian, so nothing is checked or installed; needed is what Debian 12 calls: $wanted"
    exit 0
fi

missing=
for package in $wanted; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
say "missing:$missing"

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        say "cannot install them: not root, and there is no sudo. As root: apt-get install$missing"
        exit 1
    fi
    # Without a terminal nobody could type a password.
    if [ -t 0 ]; then as_root='sudo'; else as_root='sudo -n'; fi
fi

apt()
{
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2
}

updated=no
update()
{
    say "running apt-get update"
    apt update || say "apt-get update failed; going on with the lists that are there"
    updated=yes
}

for package in $missing; do
    if ! apt-cache show "$package" >/dev/null 2>&1; then
        update
        break
    fi
done
say "running apt-get install"
# shellcheck disable=SC2086 # a list of words
if ! apt install --no-install-recommends $missing; then
    # Lists that are too old name files that are gone.
    [ "$updated" = no ] && update
    # shellcheck disable=SC2086
    if ! apt install --no-install-recommends $missing; then
        say "could not install:$missing"
        say "see the messages of apt-get above: is this Debian 12, is a package mirror reachable?"
        exit 1
    fi
fi
say "installed:$missing"
