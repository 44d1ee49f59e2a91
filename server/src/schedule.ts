/**
 * The job table: what runs beside the requests and how often. Each job goes through every account's modes.
 */
import type { Platform, Scope } from "./context.ts";
import { pruneKeys } from "./http/idempotency/prune.ts";
import type { Job } from "./jobs/worker.ts";
import { foldPostings, foldSize } from "./payments/balance/fold.ts";
import { recoverCharges } from "./payments/charges/recover.ts";
import { expireTokens, sweepSize } from "./payments/tokens/expire.ts";

/** @param scopes every account in both of its modes. */
export function createJobs(
  platform: Platform,
  scopes: () => Promise<readonly Scope[]>,
): readonly Job[] {
  const inEachScope = async (run: (scope: Scope) => Promise<boolean>): Promise<boolean> => {
    let hasMore = false;
    for (const scope of await scopes()) hasMore = (await run(scope)) || hasMore;
    return hasMore;
  };
  return [
    {
      everyMs: 2000,
      name: "fold the ledger into its checkpoints",
      run: () => inEachScope(async (scope) => (await foldPostings(platform, scope)) === foldSize),
    },
    {
      everyMs: 5000,
      name: "settle charges that a crash left pending",
      run: () => inEachScope((scope) => recoverCharges(platform, scope)),
    },
    {
      everyMs: 5000,
      name: "expire unused tokens",
      run: () => inEachScope(async (scope) => (await expireTokens(platform, scope)) === sweepSize),
    },
    {
      everyMs: 60_000,
      name: "forget idempotency keys after a day",
      run: () => inEachScope((scope) => pruneKeys(platform, scope)),
    },
  ];
}
