#!/bin/sh
# Runs the webhook toolkit's guarantees in a real Next.js application: installs it, builds it, starts it as its users do.
# Its count is left where the other runners leave theirs.
set -eu
cd "$(dirname "$0")/.."
mkdir -p .cache/results
# Until the run is over it has failed.
echo '{"numFailedTestSuites":0,"numFailedTests":1,"numPassedTests":0}' >.cache/results/next.json
PATH="$PWD/node_modules/.bin:$PATH"
export NEXT_TELEMETRY_DISABLED=1 ISTRIPE_KEEP_EVENTS="$PWD/.cache/events"
(
  cd tests/webhook-receivers/next-app
  npm ci --ignore-scripts --loglevel=error --no-audit --no-fund
  node node_modules/next/dist/bin/next build
)
vitest run --config tests/webhook-receivers/next.vitest.config.ts \
  --reporter=default --reporter=json --outputFile.json=.cache/results/next.json
