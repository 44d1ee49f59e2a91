/**
 * The context of what happens on its own: a job acts for no request, so its events name none and no idempotency key
 * waits for its answer.
 */
import { type Context, type Platform, Refusal, type Scope } from "../context.ts";

export function jobContext(platform: Platform, scope: Scope): Context {
  return {
    ...platform,
    accountId: scope.accountId,
    finish: async (body) => {
      const row = await platform.database.transact(body);
      if (row instanceof Refusal) throw row.error;
      return row;
    },
    livemode: scope.livemode,
    now: platform.clock.business(scope.livemode),
    phase: (_, body) => platform.database.transact(body),
    recovered: null,
    request: { clientIp: null, id: null, idempotencyKey: null },
  };
}
