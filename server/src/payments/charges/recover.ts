/**
 * The recovery job: settles charges that a crash left between asking the processor and storing its answer, whether or
 * not their caller ever comes back.
 */
import type { Context, Platform, Scope } from "../../context.ts";
import { Refusal } from "../../context.ts";
import { ApiError } from "../../core/errors.ts";
import { resumeCharge } from "./resume.ts";
import { pendingCharges } from "./store.ts";

/**
 * A request that is still under way settles its own charge; only older ones were left behind, and those of an earlier
 * run of the server certainly.
 */
const leftAfterSeconds = 60;
const recoverSize = 20;

/** @returns whether there may be more. */
export async function recoverCharges(platform: Platform, scope: Scope): Promise<boolean> {
  const processor = platform.processorOf(scope.livemode);
  if (processor === undefined) return false;
  const context = jobContext(platform, scope);
  const left = await platform.database.committed.select(pendingCharges, {
    accountId: scope.accountId,
    before: Math.max(context.now - leftAfterSeconds, platform.startedAt(scope.livemode) - 1),
    limit: recoverSize,
    livemode: scope.livemode,
  });
  for (const { id } of left) {
    try {
      await resumeCharge(context, processor, id);
    } catch (error) {
      // A decline settles the charge; a processor that does not answer leaves it for the next turn.
      if (!(error instanceof ApiError)) throw error;
      if (error.status >= 500) return false;
    }
  }
  return left.length === recoverSize;
}

/** A job acts for no request: its events name none. */
function jobContext(platform: Platform, scope: Scope): Context {
  const finish = async <Row>(body: (tx: never) => Promise<Row | Refusal>): Promise<Row> => {
    const row = await platform.database.transact((tx) => body(tx as never));
    if (row instanceof Refusal) throw row.error;
    return row;
  };
  return {
    ...platform,
    accountId: scope.accountId,
    finish: finish as Context["finish"],
    livemode: scope.livemode,
    now: platform.clock.business(scope.livemode),
    phase: (_, body) => platform.database.transact(body),
    recovered: null,
    request: { clientIp: null, id: null, idempotencyKey: null },
  };
}
