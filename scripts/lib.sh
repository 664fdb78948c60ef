# What the scripts share; read with `.`, not run.

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 2; }

# need_dotnet: the SDK of global.json, or how to get it. It is not installed behind anybody's back.
need_dotnet() {
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
  if ! command -v dotnet >/dev/null 2>&1 && [ -x "$HOME/.dotnet/dotnet" ]; then PATH=$HOME/.dotnet:$PATH; fi
  if ! command -v dotnet >/dev/null 2>&1 || ! dotnet --version >/dev/null 2>&1; then
    fail "The .NET SDK 10 is missing ($(tr -d '\n' < global.json)).
Install it for this user:   curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0
or from your distribution's or Microsoft's package feed (dotnet-sdk-10.0), then run this again."
  fi
}

# python: the system's, for Debian's packages do not reach another one that stands before it in PATH.
python() { if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else command -v python3; fi; }

# need_package PACKAGE TEST...: installs a Debian package if the test fails; as root, or through sudo.
missing_packages=
need_package() {
  local package=$1; shift
  "$@" >/dev/null 2>&1 || missing_packages="$missing_packages $package"
}
has() { command -v "$1"; }
imports() { "$(python)" -c "import $1"; }

# need_linker: what the program is linked with, to be native; it can be published without.
need_linker() {
  need_package gcc has gcc
  need_package libc6-dev test -e /usr/include/stdio.h
}

install_missing() {
  [ -n "$missing_packages" ] || return 0
  local as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 && as_root=sudo || fail "Missing:$missing_packages. Install them as root and run this again."
  fi
  command -v apt-get >/dev/null 2>&1 || fail "Missing:$missing_packages (names of Debian packages). Install them and run this again."
  say "Installing:$missing_packages"
  # A package may start a server at once (openssh-server does); Debian's way to say no is this file, and 101.
  local policy=/usr/sbin/policy-rc.d ours='' code=0
  if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' | $as_root install -m 755 /dev/stdin "$policy"
  fi
  # shellcheck disable=SC2086
  { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing_packages; } >/dev/null || code=$?
  [ -z "$ours" ] || $as_root rm -f "$policy"
  [ "$code" -eq 0 ] || fail "apt-get could not install:$missing_packages"
  missing_packages=
}
