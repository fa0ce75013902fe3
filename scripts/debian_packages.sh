#!/usr/bin/env bash
# Install what tests run beside Python: Slurm, munge, Environment Modules and Lmod (tests/cluster),
# zsh and fish (tests/cli), Chromium (tests/web), from Debian.
# Needs root on Debian or a relative of it; elsewhere it says what is missing. Starts no daemon.
#
# The two module systems are never installed together by Debian: Lmod is unpacked into .cluster/lmod.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(environment-modules munge slurm-client slurmctld slurmd
    chromium zsh fish lua5.3 lua-filesystem lua-json lua-posix lua-term tcl8.6)
lmod=$PWD/.cluster/lmod

missing=()
for package in "${packages[@]}"; do
    dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' ||
        missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ] && [ -e "$lmod/lmod/init/bash" ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "These tests need root on Debian to install: ${missing[*]} lmod" >&2
    exit 1
fi

# Debian starts the daemons of a package that it installs, unless this script says no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
if [ ${#missing[@]} -gt 0 ]; then
    apt-get install -qq --yes --no-remove --no-install-recommends "${missing[@]}" >/dev/null
fi

if [ ! -e "$lmod/lmod/init/bash" ]; then
    work=$(mktemp -d)
    chmod 755 "$work" # apt reads and writes as a user of its own
    chown _apt "$work" 2>/dev/null || true
    (cd "$work" && apt-get download -qq lmod && dpkg -x lmod_*.deb .)
    rm -rf "$lmod"
    mkdir -p "$(dirname "$lmod")"
    version=$(readlink "$work/usr/share/lmod/lmod")
    rm "$work/usr/share/lmod/$version/lib"
    mv "$work/usr/lib/lmod/$version/lib" "$work/usr/share/lmod/$version/lib"
    # Its scripts know where Debian would have put them.
    grep -rlIZ /usr/share/lmod "$work/usr/share/lmod" | xargs -0 sed -i "s|/usr/share/lmod|$lmod|g"
    mv "$work/usr/share/lmod" "$lmod"
    rm -rf "$work"
fi
