/**
 * The header that asks for faults is read exactly, in test mode only, and a request's faults win over its endpoint's.
 */
import { describe, expect, test } from "vitest";
import { ApiError } from "./errors.ts";
import { bothFaults, readFaultsHeader } from "./webhook-faults.ts";

const refusalOf = (header: string, livemode = false): ApiError => {
  try {
    readFaultsHeader(header, livemode);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error(`it should have been refused: ${header}`);
};

describe("the header", () => {
  test("is none when it is not there or empty, in live mode too", () => {
    for (const livemode of [true, false]) {
      expect(readFaultsHeader(undefined, livemode)).toBeNull();
      expect(readFaultsHeader(" ", livemode)).toBeNull();
    }
  });

  test("names faults, counted ones with their number", () => {
    expect(readFaultsHeader("duplicate=2, delay=5,tamper", false)).toEqual({
      delay: 5,
      duplicate: 2,
      tamper: true,
    });
    expect(readFaultsHeader("drop", false)).toEqual({ drop: 1 });
    expect(readFaultsHeader("reorder=1, expire_timestamp", false)).toEqual({
      expire_timestamp: true,
      reorder: true,
    });
    expect(readFaultsHeader("delay=3600, drop=10, duplicate=10", false)).toEqual({
      delay: 3600,
      drop: 10,
      duplicate: 10,
    });
  });

  test.each([
    "explode",
    "duplicate=11",
    "drop=11",
    "delay=3601",
    "delay=1.5",
    "delay=-1",
    "drop=",
    "tamper=2",
    "tamper=0",
    "=1",
    ",",
    "duplicate=1,,tamper",
    "DUPLICATE=1",
    "__proto__=1",
    "constructor",
  ])("is refused by a sentence that names what there is: %s", (header) => {
    const { message } = refusalOf(header);
    expect(message).toBe(
      "The header Istripe-Webhook-Faults holds what is no fault: give some of delay=N, drop=N, duplicate=N, expire_timestamp, reorder, tamper, separated by commas.",
    );
  });

  test("is refused in live mode, whatever it says", () => {
    for (const header of ["tamper", "nonsense"]) {
      expect(refusalOf(header, true).message).toBe(
        "The header Istripe-Webhook-Faults is for test mode only.",
      );
    }
  });
});

test("a request's faults win over the endpoint's, one by one", () => {
  expect(bothFaults(null, null)).toBeNull();
  expect(bothFaults({ drop: 1 }, null)).toEqual({ drop: 1 });
  expect(bothFaults(null, { drop: 2 })).toEqual({ drop: 2 });
  expect(bothFaults({ drop: 1, tamper: true }, { drop: 2 })).toEqual({ drop: 2, tamper: true });
});
