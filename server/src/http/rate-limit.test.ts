/**
 * The limits by themselves: each second's buckets, and the places for requests that are under way at once.
 */
import { beforeEach, describe, expect, test } from "vitest";
import type { Leave } from "./concurrency-limit.ts";
import { type CheckRate, createRateCheck } from "./rate-limit.ts";

const perSecond = 10;
const call = {
  accountId: "acct_1",
  isSearch: false,
  isWrite: true,
  livemode: false,
  method: "POST",
  path: "/v1/charges",
};
const reading = { ...call, isWrite: false, method: "GET" };

let nowMs = 0;
let check: CheckRate;
beforeEach(() => {
  nowMs = 0;
  check = createRateCheck({ livePerSecond: perSecond, testPerSecond: perSecond }, () => nowMs);
});

/** A request that comes a second after the one before, so that only those under way count. */
function slowly(about: Parameters<CheckRate>[0] = call): Leave {
  nowMs += 1000;
  return check(about) ?? expect.fail("a limit gives places");
}

function reasonOf(ask: () => unknown): string {
  try {
    ask();
  } catch (error) {
    expect(error).toMatchObject({ details: { code: "rate_limit" }, status: 429 });
    const { details } = error as { details: { headers: Record<string, string> } };
    return details.headers["Stripe-Rate-Limited-Reason"] ?? "none";
  }
  return "allowed";
}

describe("requests a second", () => {
  test("beyond the limit are refused, and the next second is free again", () => {
    for (let count = 0; count < perSecond; count++) check(call)?.();
    expect(reasonOf(() => check(call))).toBe("global-rate");
    expect(reasonOf(() => check(reading))).toBe("allowed");
    expect(reasonOf(() => check({ ...call, livemode: true }))).toBe("allowed");
    expect(reasonOf(() => slowly())).toBe("allowed");
  });
});

describe("requests under way", () => {
  test("at one endpoint are at most four fifths of all, and others are served", () => {
    for (let count = 0; count < 8; count++) slowly();
    expect(reasonOf(() => slowly())).toBe("endpoint-concurrency");
    expect(reasonOf(() => slowly(reading))).toBe("allowed");
  });

  test("are so many in all, whatever the endpoint; another account and the other mode have their own", () => {
    for (let count = 0; count < perSecond; count++) slowly({ ...call, path: `/v1/${count}` });
    expect(reasonOf(() => slowly())).toBe("global-concurrency");
    expect(reasonOf(() => slowly(reading))).toBe("global-concurrency");
    expect(reasonOf(() => slowly({ ...call, accountId: "acct_2" }))).toBe("allowed");
    expect(reasonOf(() => slowly({ ...call, livemode: true }))).toBe("allowed");
  });

  test("make room when they end, and one that was refused takes none", () => {
    const under = Array.from({ length: 8 }, () => slowly());
    for (let count = 0; count < 5; count++) {
      expect(reasonOf(() => slowly())).toBe("endpoint-concurrency");
    }
    under[0]?.();
    expect(reasonOf(() => slowly())).toBe("allowed");
    expect(reasonOf(() => slowly())).toBe("endpoint-concurrency");
  });

  test("are one at least, however low the limit", () => {
    check = createRateCheck({ livePerSecond: 1, testPerSecond: 1 }, () => nowMs);
    const leave = slowly();
    expect(reasonOf(() => slowly(reading))).toBe("global-concurrency");
    leave();
    expect(reasonOf(() => slowly(reading))).toBe("allowed");
  });
});

test("without a limit nothing is refused", () => {
  const free = createRateCheck(null, () => nowMs);
  for (let count = 0; count < 1000; count++) free(call);
  expect(reasonOf(() => free(call))).toBe("allowed");
});
