/**
 * A token bucket for each account, mode and direction, in this process. Off unless the setting asks for it.
 */
import type { RateLimit } from "../config.ts";
import { ApiError } from "../core/errors.ts";

interface LimitedCall {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly isWrite: boolean;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

/** @throws ApiError 429 `rate_limit` when the account's second is used up. */
export type CheckRate = (call: LimitedCall) => void;

export function createRateCheck(limit: RateLimit, monotonicNow: () => number): CheckRate {
  if (limit === null) return () => undefined;
  const buckets = new Map<string, Bucket>();
  return ({ accountId, livemode, isWrite }) => {
    const perSecond = livemode ? limit.livePerSecond : limit.testPerSecond;
    const name = `${accountId} ${livemode} ${isWrite}`;
    const nowMs = monotonicNow();
    const bucket = buckets.get(name) ?? { filledMs: nowMs, tokens: perSecond };
    bucket.tokens = Math.min(
      perSecond,
      bucket.tokens + ((nowMs - bucket.filledMs) / 1000) * perSecond,
    );
    bucket.filledMs = nowMs;
    buckets.set(name, bucket);
    if (bucket.tokens < 1) throw limitExceeded();
    bucket.tokens -= 1;
  };
}

const limitExceeded = (): ApiError =>
  new ApiError(429, "invalid_request_error", {
    code: "rate_limit",
    headers: { "Stripe-Rate-Limited-Reason": "global-rate" },
    message:
      "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
  });
