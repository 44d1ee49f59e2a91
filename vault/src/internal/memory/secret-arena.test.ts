/** The guarantees of the arena: bounded, and zero wherever nothing is held any more. */
import { expect, test } from "vitest";
import { SecretArena } from "./secret-arena.ts";

/** A slot with these digits in it. */
function filled(arena: SecretArena, digits: string): number {
  const slot = arena.take();
  for (const byte of Buffer.from(digits)) arena.append(slot, byte);
  return slot;
}

test("a slot that was given back is zero, and is used again", () => {
  const arena = new SecretArena(2, 4);
  const slot = filled(arena, "1234");
  const memory = arena.view(slot);
  expect(memory.toString()).toBe("1234");
  arena.release(slot);
  expect([...memory]).toEqual([0, 0, 0, 0]);
  expect(arena.take()).toBe(slot);
});

test("a value longer than a slot is cut off and does not reach the next slot", () => {
  const arena = new SecretArena(2, 4);
  const first = filled(arena, "1234");
  const second = filled(arena, "5678");
  arena.append(first, 0x39);
  expect(arena.view(first).toString()).toBe("1234");
  expect(arena.view(second).toString()).toBe("5678");
});

test("a full arena refuses another value and keeps those it has", () => {
  const arena = new SecretArena(40, 4);
  const slots = Array.from({ length: 40 }, () => filled(arena, "1234"));
  expect(() => arena.take()).toThrow("is full");
  for (const slot of slots) expect(arena.view(slot).toString()).toBe("1234");
  arena.release(slots[0] as number);
  expect(arena.take()).toBe(slots[0]);
});

test("wiping leaves nothing of any value", () => {
  const arena = new SecretArena(2, 4);
  const views = ["1234", "5678"].map((digits) => arena.view(filled(arena, digits)));
  arena.wipe();
  for (const view of views) expect([...view]).toEqual([0, 0, 0, 0]);
});
