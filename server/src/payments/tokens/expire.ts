/**
 * Retention: a token that nobody used within its lifetime loses its card. The sweep is a job; until it comes by, the
 * state check refuses the token all the same.
 */
import type { Platform, Scope } from "../../context.ts";
import { tokens } from "./schema.ts";
import { unusedTokensPast } from "./store.ts";

/** At most this many tokens a commit, so that a sweep never holds up requests. */
export const sweepSize = 200;

/** @returns how many tokens were expired; equal to the sweep size when there may be more. */
export function expireTokens(platform: Platform, scope: Scope): Promise<number> {
  const now = platform.clock.business(scope.livemode);
  return platform.database.transact(async (tx) => {
    const past = await tx.select(unusedTokensPast, {
      accountId: scope.accountId,
      limit: sweepSize,
      livemode: scope.livemode,
      now,
    });
    for (const token of past) {
      tx.update(tokens, token, { name: null, address: null, sealed: null, status: "expired" });
    }
    return past.length;
  });
}
