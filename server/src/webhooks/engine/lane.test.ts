/**
 * A lane learns: an endpoint that answers gets more at once, one that fails gets one at a time and then is left alone
 * for a while, and what waits for it waits in the database.
 */
import { describe, expect, test } from "vitest";
import type { WebhookDeliveryRow } from "../deliveries/schema.ts";
import {
  claimSize,
  hasRoom,
  isAtRest,
  isOpen,
  isRunningLow,
  type Lane,
  newLane,
  noteFailure,
  noteSuccess,
} from "./lane.ts";

const delivery = {} as WebhookDeliveryRow;
const nowMs = 1_000_000;

const laneWith = (given: Partial<Lane>): Lane => ({ ...newLane("acct_a", "we_a"), ...given });
const times = (count: number, work: () => void): void => {
  for (let done = 0; done < count; done++) work();
};

describe("a lane", () => {
  test("opens wider with each success, up to a bound", () => {
    const lane = newLane("acct_a", "we_a");
    const first = lane.limit;
    noteSuccess(lane, 5);
    expect(lane.limit).toBe(first + 1);
    times(1000, () => noteSuccess(lane, 5));
    expect(lane.limit).toBe(64);
  });

  test("of an endpoint that fails narrows to one at a time", () => {
    const lane = laneWith({ limit: 64 });
    times(7, () => noteFailure(lane, nowMs, "live"));
    expect(lane.limit).toBe(1);
  });

  test("is left alone after ten failures in a row, longer and longer, for a minute at most, in test mode for a second", () => {
    const lane = laneWith({ queue: [delivery] });
    times(9, () => noteFailure(lane, nowMs, "live"));
    expect(isOpen(lane, nowMs)).toBe(true);
    noteFailure(lane, nowMs, "live");
    expect(isOpen(lane, nowMs)).toBe(false);
    expect(isOpen(lane, nowMs + 1000)).toBe(true);
    noteFailure(lane, nowMs, "live");
    expect(isOpen(lane, nowMs + 1000)).toBe(false);
    times(500, () => noteFailure(lane, nowMs, "live"));
    expect(lane.pausedUntilMs).toBe(nowMs + 60_000);
    times(500, () => noteFailure(lane, nowMs, "test"));
    expect(lane.pausedUntilMs).toBe(nowMs + 1000);
  });

  test("forgets its failures with one success", () => {
    const lane = laneWith({ queue: [delivery] });
    times(30, () => noteFailure(lane, nowMs, "live"));
    noteSuccess(lane, 5);
    expect(lane.failures).toBe(0);
    expect(isOpen(lane, nowMs)).toBe(true);
  });

  test("is proven by a quick success only, until it fails", () => {
    const lane = newLane("acct_a", "we_a");
    expect(lane.isProven).toBe(false);
    noteSuccess(lane, 5000);
    expect(lane.isProven).toBe(false);
    noteSuccess(lane, 5);
    expect(lane.isProven).toBe(true);
    noteFailure(lane, nowMs, "live");
    expect(lane.isProven).toBe(false);
  });

  test("has less room in memory the less it sends, and none while the database holds more", () => {
    const failing = laneWith({ limit: 1, queue: Array(4).fill(delivery) });
    expect(hasRoom(failing)).toBe(false);
    expect(hasRoom({ ...failing, limit: 2 })).toBe(true);
    expect(hasRoom({ ...failing, hasMore: true, queue: [] })).toBe(false);
  });

  test("claims before its queue is empty, and never more than it keeps in memory", () => {
    const lane = laneWith({ limit: 64, queue: Array(31).fill(delivery) });
    expect(isRunningLow(lane)).toBe(true);
    expect(lane.queue.length + claimSize(lane)).toBe(256);
    lane.queue.push(delivery);
    expect(isRunningLow(lane)).toBe(false);
  });

  test("rests only when nothing of it is anywhere", () => {
    expect(isAtRest(newLane("acct_a", "we_a"))).toBe(true);
    for (const busy of [
      { queue: [delivery] },
      { inFlight: 1 },
      { unsettled: 1 },
      { hasMore: true },
      { isClaiming: true },
    ]) {
      expect(isAtRest(laneWith(busy))).toBe(false);
    }
  });
});
