/**
 * The job table: what runs beside the requests and how often. Each job goes through every account's modes.
 */
import type { Platform, Scope } from "./context.ts";
import { pruneKeys } from "./http/idempotency/prune.ts";
import type { Job } from "./jobs/worker.ts";
import { foldEntries, foldSize } from "./payments/balance/fold.ts";
import { expireHolds } from "./payments/charges/expire.ts";
import { type RecoveryPlace, recoverCharges, recoveryStart } from "./payments/charges/recover.ts";
import { settleDueRefunds } from "./payments/refunds/due.ts";
import { expireTokens, sweepSize } from "./payments/tokens/expire.ts";
import { pruneRequestLogs } from "./request-log/prune.ts";
import { createSearchJob } from "./search/job.ts";

export interface JobParts {
  readonly platform: Platform;
  /** Every account in both of its modes. */
  scopes(): Promise<readonly Scope[]>;
  readonly requestLog: {
    readonly days: number;
    /** Writes a batch. @returns whether there is more. */
    write(): Promise<boolean>;
  };
  /** Hears of one thing that a job could not do while it went on with the others. */
  onFailure(job: string, error: unknown): void;
}

export function createJobs({ platform, scopes, requestLog, onFailure }: JobParts): readonly Job[] {
  const recoveryPlaces = new Map<string, RecoveryPlace>();
  const inEachScope = async (run: (scope: Scope) => Promise<boolean>): Promise<boolean> => {
    let hasMore = false;
    for (const scope of await scopes()) hasMore = (await run(scope)) || hasMore;
    return hasMore;
  };
  return [
    {
      everyMs: 2000,
      name: "fold the ledger into its checkpoints",
      run: () => inEachScope(async (scope) => (await foldEntries(platform, scope)) === foldSize),
    },
    {
      everyMs: 5000,
      name: "settle charges that a crash left pending",
      run: () =>
        inEachScope(async (scope) => {
          const name = `${scope.accountId} ${scope.livemode}`;
          const next = await recoverCharges(platform, scope, {
            after: recoveryPlaces.get(name) ?? recoveryStart,
            onFailure: (chargeId, error) => onFailure(`settle the charge ${chargeId}`, error),
          });
          if (next === undefined) recoveryPlaces.delete(name);
          else recoveryPlaces.set(name, next);
          return next !== undefined;
        }),
    },
    {
      everyMs: 5000,
      name: "settle refunds that are due",
      run: () =>
        inEachScope((scope) =>
          settleDueRefunds(platform, scope, (refundId, error) =>
            onFailure(`settle the refund ${refundId}`, error),
          ),
        ),
    },
    {
      everyMs: 5000,
      name: "let go of money that nobody captured in time",
      run: () =>
        inEachScope((scope) =>
          expireHolds(platform, scope, (chargeId, error) =>
            onFailure(`let go of the charge ${chargeId}`, error),
          ),
        ),
    },
    {
      everyMs: 5000,
      name: "expire unused tokens",
      run: () => inEachScope(async (scope) => (await expireTokens(platform, scope)) === sweepSize),
    },
    createSearchJob({ platform, scopes }),
    {
      everyMs: 60_000,
      name: "forget idempotency keys after a day",
      run: () => inEachScope((scope) => pruneKeys(platform, scope)),
    },
    { everyMs: 250, name: "write the request log", run: requestLog.write },
    {
      everyMs: 10_000,
      name: "forget records of the request log that are too old",
      run: () => inEachScope((scope) => pruneRequestLogs(platform, scope, requestLog.days)),
    },
  ];
}
