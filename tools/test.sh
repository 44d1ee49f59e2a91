#!/bin/sh
# Runs every test: TypeScript on both databases, then Python against real servers, also where something failed before.
# Results are left in .cache/results, where .ci/run counts them. Arguments go to Vitest, which then runs alone:
# npm test -- server/src/store
set -eu
cd "$(dirname "$0")/.."
if [ "$#" -gt 0 ]; then
  exec vitest run "$@"
fi
rm -rf .cache/results .cache/contract .cache/events
mkdir -p .cache/results .cache/contract .cache/events
export ISTRIPE_KEEP_EVENTS="$PWD/.cache/events"
status=0
vitest run --reporter=default --reporter=json --outputFile.json=.cache/results/vitest.json || status=1
sh tools/python.sh || status=1
if [ -x .cache/python/bin/python ]; then
  node tools/test-python.ts || status=1
fi
exit "$status"
