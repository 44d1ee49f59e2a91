/**
 * Slots bound what is under way, and endpoints that hang cannot take those of endpoints that answer.
 */
import { describe, expect, test } from "vitest";
import { createSlots, type Slots } from "./slots.ts";

function takeAll(slots: Slots, kind: "proven" | "unproven", nowMs = 0): (() => void)[] {
  const taken: (() => void)[] = [];
  for (let back = slots.take(nowMs, kind); back !== undefined; back = slots.take(nowMs, kind))
    taken.push(back);
  return taken;
}

describe("slots", () => {
  test("are bounded, and are free again when they are given back", () => {
    const slots = createSlots();
    const taken = takeAll(slots, "proven");
    expect(taken.length).toBe(256);
    expect(slots.take(0, "proven")).toBeUndefined();
    taken[0]?.();
    expect(slots.take(0, "proven")).toBeTypeOf("function");
    expect(slots.take(0, "proven")).toBeUndefined();
  });

  test("given back twice are free once", () => {
    const slots = createSlots();
    const [first] = takeAll(slots, "proven");
    first?.();
    first?.();
    expect(takeAll(slots, "proven").length).toBe(1);
  });

  test("of endpoints that are not known to answer are their own", () => {
    const slots = createSlots();
    takeAll(slots, "unproven");
    expect(slots.take(0, "proven")).toBeTypeOf("function");
  });

  test("of what takes long are free for others, and count against a larger bound", () => {
    const slots = createSlots();
    const hanging: (() => void)[] = [];
    for (let nowMs = 0; nowMs < 60_000; nowMs += 1000) {
      slots.review(nowMs);
      hanging.push(...takeAll(slots, "unproven", nowMs));
    }
    expect(slots.inUse).toBe(4096);
    for (const giveBack of hanging) giveBack();
    expect(slots.inUse).toBe(0);
    expect(takeAll(slots, "unproven").length).toBe(128);
  });

  test("tell whether a review freed any", () => {
    const slots = createSlots();
    slots.take(0, "proven");
    expect(slots.review(249)).toBe(false);
    expect(slots.review(250)).toBe(true);
    expect(slots.review(250)).toBe(false);
  });
});
