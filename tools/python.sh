#!/bin/sh
# Makes .cache/python: a virtual environment with our Python library and the official Stripe package at the pinned
# version. Touches no system Python.
set -eu
cd "$(dirname "$0")/.."
venv=.cache/python
cmp -s sdks/python/pyproject.toml "$venv/pyproject.toml" && exit 0
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  echo "Python tests need python3 with venv (on Debian: apt-get install python3-venv)." >&2
  # A developer without it still gets the other tests; where all tests must run, this is a failure.
  [ -z "${CI:-}" ] || exit 1
  echo "NOT RUN: the Python tests." >&2
  exit 0
fi
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -e 'sdks/python[test]' stripe==15.6.2
cp sdks/python/pyproject.toml "$venv/"
