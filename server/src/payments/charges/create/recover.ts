/**
 * The recovery job: settles charges that a crash left between asking the processor and storing its answer, whether or
 * not their caller ever comes back. A charge that cannot be settled now keeps nobody waiting: the job goes on behind it
 * and comes round again.
 */
import type { Platform, Scope } from "../../../context.ts";
import { ApiError } from "../../../core/errors.ts";
import { jobContext } from "../../job-context.ts";
import { pendingCharges } from "../store.ts";
import { resumeCharge } from "./resume.ts";

/**
 * A request that is still under way settles its own charge; only older ones were left behind, and those of an earlier
 * run of the server certainly.
 */
const leftAfterSeconds = 60;
const recoverSize = 20;

/** The last charge that was looked at, in order of creation. */
export interface RecoveryPlace {
  readonly created: number;
  readonly id: string;
}

/** Before every charge. */
export const recoveryStart: RecoveryPlace = { created: 0, id: "" };

/**
 * Looks at the next few charges that were left behind.
 *
 * @param onFailure told of a charge that a bug of ours keeps from being settled.
 * @returns where to go on, or undefined when the end is reached and the next turn begins at the start.
 */
export async function recoverCharges(
  platform: Platform,
  scope: Scope,
  about: {
    readonly after: RecoveryPlace;
    readonly onFailure: (chargeId: string, error: unknown) => void;
  },
): Promise<RecoveryPlace | undefined> {
  const processor = platform.processorOf(scope.livemode);
  if (processor === undefined) return undefined;
  const now = platform.clock.business(scope.livemode);
  const left = await platform.database.committed.select(pendingCharges, {
    accountId: scope.accountId,
    afterCreated: about.after.created,
    afterId: about.after.id,
    before: Math.max(now - leftAfterSeconds, platform.startedAt(scope.livemode) - 1),
    limit: recoverSize,
    livemode: scope.livemode,
  });
  for (const { id } of left) {
    try {
      await resumeCharge(jobContext(platform, scope), processor, id);
    } catch (error) {
      // A decline settles the charge, and a processor that does not answer will be asked again.
      if (!(error instanceof ApiError)) about.onFailure(id, error);
    }
  }
  return left.length === recoverSize ? left.at(-1) : undefined;
}
