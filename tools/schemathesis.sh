#!/bin/sh
# Makes .cache/schemathesis: a virtual environment with Schemathesis at the pinned version, apart from the one of our own
# Python tests. Touches no system Python.
set -eu
cd "$(dirname "$0")/.."
version=4.32.5
venv=.cache/schemathesis
[ "$(cat "$venv/version" 2>/dev/null)" = "$version" ] && exit 0
if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
  echo "Schemathesis needs Python 3.10 or newer with venv (on Debian: apt-get install python3-venv)." >&2
  exit 1
fi
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
echo "$version" >"$venv/version"
