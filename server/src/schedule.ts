/**
 * The job table: what runs beside the requests and how often. Each job goes through every account's modes.
 */
import type { Platform, Scope } from "./context.ts";
import { pruneKeys } from "./http/idempotency/prune.ts";
import type { Job } from "./jobs/worker.ts";
import { announceAvailable } from "./payments/balance/available.ts";
import { foldEntries, foldSize } from "./payments/balance/fold.ts";
import { tellOfExpiringCards } from "./payments/cards/expiring.ts";
import { expireHolds } from "./payments/charges/capture/expire.ts";
import {
  type RecoveryPlace,
  recoverCharges,
  recoveryStart,
} from "./payments/charges/create/recover.ts";
import { settleDueRefunds } from "./payments/refunds/settlement/due.ts";
import { expireTokens, sweepSize } from "./payments/tokens/expire.ts";
import { pruneRequestLogs } from "./request-log/prune.ts";
import { eventsReadUntil } from "./search/index/follow.ts";
import { createSearchJob } from "./search/index/job.ts";
import { pruneDeliveries } from "./webhooks/deliveries/prune.ts";
import { pruneEvents } from "./webhooks/events/prune.ts";
import { forgetListeners } from "./webhooks/listeners/open.ts";

export interface JobParts {
  readonly platform: Platform;
  /** Every account in both of its modes. */
  scopes(): Promise<readonly Scope[]>;
  readonly requestLog: {
    readonly days: number;
    /** Writes a batch. @returns whether there is more. */
    write(): Promise<boolean>;
  };
  /** Looks for what the sender of webhooks was not told of. */
  discoverDeliveries(): Promise<boolean>;
  readonly webhookLogDays: number;
  /** Hears of one thing that a job could not do while it went on with the others. */
  onFailure(job: string, error: unknown): void;
  /** Hears by how many seconds the search index that is furthest behind lags. */
  onSearchLag(seconds: number): void;
}

export function createJobs(parts: JobParts): readonly Job[] {
  const { platform, scopes, requestLog, onFailure, onSearchLag } = parts;
  const recoveryPlaces = new Map<string, RecoveryPlace>();
  const inEachScope: InEachScope = async (run) => {
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
      name: "look for webhook deliveries that nobody was told of",
      run: async () => {
        await parts.discoverDeliveries();
        return false;
      },
    },
    createSearchJob({ onLag: onSearchLag, platform, scopes }),
    {
      everyMs: 10_000,
      name: "tell of money that became available",
      run: () => inEachScope((scope) => announceAvailable(platform, scope)),
    },
    {
      everyMs: 60_000,
      name: "tell of cards that expire this month",
      run: () => inEachScope((scope) => tellOfExpiringCards(platform, scope)),
    },
    { everyMs: 250, name: "write the request log", run: requestLog.write },
    ...retentionJobs(parts, inEachScope),
  ];
}

/** @returns whether there is more to do in any of them. */
type InEachScope = (run: (scope: Scope) => Promise<boolean>) => Promise<boolean>;

/** What is forgotten when its time is over. */
function retentionJobs(parts: JobParts, inEachScope: InEachScope): readonly Job[] {
  const { platform, requestLog, webhookLogDays } = parts;
  return [
    {
      everyMs: 5000,
      name: "expire unused tokens",
      run: () => inEachScope(async (scope) => (await expireTokens(platform, scope)) === sweepSize),
    },
    {
      everyMs: 60_000,
      name: "forget webhook deliveries that were over long ago",
      run: () => inEachScope((scope) => pruneDeliveries(platform, scope, webhookLogDays)),
    },
    {
      everyMs: 60_000,
      name: "forget webhook listeners that do not ask",
      run: () =>
        inEachScope(async (scope) => {
          await forgetListeners(platform, scope);
          return false;
        }),
    },
    {
      everyMs: 60_000,
      name: "forget idempotency keys after a day",
      run: () => inEachScope((scope) => pruneKeys(platform, scope)),
    },
    {
      everyMs: 10_000,
      name: "forget events after 30 days",
      run: () =>
        inEachScope(async (scope) =>
          pruneEvents(platform, scope, await eventsReadUntil(platform.database.committed, scope)),
        ),
    },
    {
      everyMs: 10_000,
      name: "forget records of the request log that are too old",
      run: () => inEachScope((scope) => pruneRequestLogs(platform, scope, requestLog.days)),
    },
  ];
}
