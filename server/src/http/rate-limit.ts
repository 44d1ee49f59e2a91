/**
 * A token bucket for each account, mode and direction, and one for searches, in this process. Off unless the setting
 * asks for it.
 */
import type { RateLimit } from "../config.ts";
import { ApiError } from "../core/errors.ts";

interface LimitedCall {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly isWrite: boolean;
  readonly isSearch: boolean;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

/** @throws ApiError 429 `rate_limit` when the account's second is used up. */
export type CheckRate = (call: LimitedCall) => void;

/** Stripe's, in either mode. */
const searchesPerSecond = 20;

export function createRateCheck(limit: RateLimit, monotonicNow: () => number): CheckRate {
  if (limit === null) return () => undefined;
  const buckets = new Map<string, Bucket>();
  const isEmpty = (name: string, perSecond: number): boolean => {
    const nowMs = monotonicNow();
    const bucket = buckets.get(name) ?? { filledMs: nowMs, tokens: perSecond };
    bucket.tokens = Math.min(
      perSecond,
      bucket.tokens + ((nowMs - bucket.filledMs) / 1000) * perSecond,
    );
    bucket.filledMs = nowMs;
    buckets.set(name, bucket);
    if (bucket.tokens < 1) return true;
    bucket.tokens -= 1;
    return false;
  };
  return ({ accountId, livemode, isSearch, isWrite }) => {
    const scope = `${accountId} ${livemode}`;
    const perSecond = livemode ? limit.livePerSecond : limit.testPerSecond;
    if (isSearch && isEmpty(`${scope} search`, Math.min(perSecond, searchesPerSecond))) {
      throw limitExceeded("endpoint-rate");
    }
    if (isEmpty(`${scope} ${isWrite}`, perSecond)) throw limitExceeded("global-rate");
  };
}

const limitExceeded = (reason: "endpoint-rate" | "global-rate"): ApiError =>
  new ApiError(429, "invalid_request_error", {
    code: "rate_limit",
    headers: { "Stripe-Rate-Limited-Reason": reason },
    message:
      "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
  });
