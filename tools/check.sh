#!/bin/sh
# Everything that can be said of the code without running it: types, format and lint, imports, dead code, style.
set -eu
cd "$(dirname "$0")/.."
tsc --noEmit -p tsconfig.json
biome check --error-on-warnings .
depcruise --config .dependency-cruiser.mjs server vault simulator bench cli sdks/webhooks 2>&1 |
  awk '/missing-tsc-transpiler/ { hidden = 1 } !hidden { print } / x [0-9]+ / { failed = 1 } /[0-9]+ dependency violations/ { failed = 1 } END { exit failed }'
knip
vitest run --project style
