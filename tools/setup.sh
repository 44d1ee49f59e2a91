#!/bin/sh
# Brings node_modules in line with package-lock.json when it is not. Node 24 itself is among the optional dependencies,
# so that every npm script runs on it even where an older Node is installed; no install script is ever run.
set -eu
cd "$(dirname "$0")/.."
stamp=node_modules/.installed
if ! cmp -s package-lock.json "$stamp"; then
  npm ci --ignore-scripts --loglevel=error --no-audit --no-fund >&2
  cp package-lock.json "$stamp"
fi
node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 18)) { console.error(`Node ${process.version} is too old: install Node 24.`); process.exit(1); }'
