/**
 * A token bucket for each account, mode and direction, and one for searches, and as many requests at once as a second
 * allows, in this process. Off unless the setting asks for it.
 */
import { ApiError } from "../core/errors.ts";
import type { RateLimit } from "../program/config.ts";
import {
  type ConcurrencyReason,
  createEnter,
  type Leave,
  type LimitedPlace,
} from "./concurrency-limit.ts";

interface LimitedCall extends LimitedPlace {
  readonly isWrite: boolean;
  readonly isSearch: boolean;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

/**
 * @returns what is called when the request is over, if anything.
 * @throws ApiError 429 `rate_limit` when the account's second is used up, or too many of its requests are under way.
 */
export type CheckRate = (call: LimitedCall) => Leave | undefined;

/** Stripe's, in either mode. */
const searchesPerSecond = 20;

export function createRateCheck(limit: RateLimit, monotonicNow: () => number): CheckRate {
  if (limit === null) return () => undefined;
  const enter = createEnter();
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
  return (call) => {
    const { accountId, livemode, isSearch, isWrite } = call;
    const scope = `${accountId} ${livemode}`;
    const perSecond = livemode ? limit.livePerSecond : limit.testPerSecond;
    if (isSearch && isEmpty(`${scope} search`, Math.min(perSecond, searchesPerSecond))) {
      throw limitExceeded("endpoint-rate");
    }
    if (isEmpty(`${scope} ${isWrite}`, perSecond)) throw limitExceeded("global-rate");
    // Stripe does not publish how many may be under way; its support speaks of so many in parallel.
    const entered = enter(call, perSecond);
    if (typeof entered === "string") throw limitExceeded(entered);
    return entered;
  };
}

const limitExceeded = (reason: ConcurrencyReason | "endpoint-rate" | "global-rate"): ApiError =>
  new ApiError(429, "invalid_request_error", {
    code: "rate_limit",
    headers: { "Stripe-Rate-Limited-Reason": reason },
    message:
      "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
  });
