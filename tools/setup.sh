# What tools/quickstart and tools/check share: packages and a build. Sourced, not run.
# shellcheck shell=bash

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)

say() { printf '\033[1m%s\033[0m\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# Installs what tools/packages.txt names and this machine lacks.
setup_packages() {
    local missing=() package
    while read -r package; do
        [ -n "$package" ] || continue
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done < "$top/tools/packages.txt"
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null ||
        die "these packages are missing, and this is no Debian to install them on: ${missing[*]}"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        die "these packages are missing; run this as root, or install sudo: ${missing[*]}"
    say "Installing ${#missing[@]} packages: ${missing[*]}"
    # No cluster of its own: Orderly runs a private one where it needs one.
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
    "${as_root[@]}" apt-get update -qq || die "apt-get update failed"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
        >"${TMPDIR:-/tmp}/orderly-apt.log" 2>&1 ||
        { tail -5 "${TMPDIR:-/tmp}/orderly-apt.log" >&2; die "could not install the packages above"; }
}

# Builds in $1 with the configure arguments that follow; quick when nothing has changed. setup_targets: what, if not all.
setup_build() {
    local build=$1
    shift
    [ -x "$top/configure" ] && [ "$top/configure" -nt "$top/configure.ac" ] ||
        (cd "$top" && autoreconf -fi >/dev/null 2>&1) || die "autoreconf failed; run it by hand in $top"
    mkdir -p "$build"
    if [ "$(cat "$build/.configured" 2>/dev/null)" != "$*" ] || [ ! -f "$build/Makefile" ]; then
        (cd "$build" && "$top/configure" -q "$@") || die "configure failed: see $build/config.log"
        echo "$*" > "$build/.configured"
    fi
    make -s -C "$build" -j"$(nproc)" ${setup_targets:-all} >"$build/make.log" 2>&1 ||
        { tail -30 "$build/make.log" >&2; die "the build failed: see $build/make.log"; }
}
