#!/usr/bin/env bash
# Finds or installs nexusc, and writes its path to the step's output `nexusc`.
#
# NEXUSC   the path of an installed program; takes precedence
# VERSION  the version of the package to install with pip
set -euo pipefail

fail() {
  echo "::error title=nexusc::$1"
  exit 2
}

if [ -n "${NEXUSC:-}" ]; then
  nexusc=$(command -v -- "$NEXUSC") || fail 'the input `nexusc` is not a program: give its absolute path'
elif [ -n "${VERSION:-}" ]; then
  [[ "$VERSION" =~ ^[0-9]+(\.[0-9A-Za-z]+)+$ ]] || fail 'the input `version` is not a version such as 1.2.3'
  folder="$RUNNER_TEMP/nexusc-$VERSION"
  python3 -m venv "$folder"
  # Wheels only: nothing of a package is run to install it.
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: "nexusc==$VERSION"
  nexusc="$folder/bin/nexusc"
else
  nexusc=$(command -v nexusc) || fail 'nexusc is not on the PATH: set the input `version` or `nexusc`'
fi
"$nexusc" --version
printf 'nexusc=%s\n' "$nexusc" >> "$GITHUB_OUTPUT"
