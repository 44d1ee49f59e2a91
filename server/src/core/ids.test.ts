/**
 * Ids: unguessable, in the order of time, and never shaped like a card number.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createIds } from "./ids.ts";

test("a later millisecond gives a greater id", () => {
  let now = 1_700_000_000_000;
  const ids = createIds(() => now);
  const made = Array.from({ length: 2000 }, () => {
    now += 1;
    return ids.next("ch_");
  });
  expect(made.toSorted()).toEqual(made);
});

test("ids of one millisecond differ, and their order says nothing", () => {
  const ids = createIds(() => 1_700_000_000_000);
  const made = Array.from({ length: 20_000 }, () => ids.next("tok_"));
  expect(new Set(made).size).toBe(made.length);
  expect(made.toSorted()).not.toEqual(made);
  for (const id of made) expect(id).toMatch(/^tok_[0-9A-Za-z]{24}$/);
});

test("no id holds a run of digits as long as a card number's", () => {
  const ids = createIds(Date.now);
  for (let count = 0; count < 200_000; count++)
    expect(/\d{13,19}/.test(ids.next("tok_"))).toBe(false);
});

test("positions only grow, also while the machine's clock goes back", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ max: 1_800_000_000_000, min: 1_600_000_000_000 })),
      (times) => {
        let index = 0;
        const ids = createIds(() => times[index++] ?? 1_600_000_000_000);
        const positions = times.map(() => ids.position());
        for (const [at, position] of positions.entries()) {
          expect(Number.isSafeInteger(position)).toBe(true);
          if (at > 0) expect(position).toBeGreaterThan(positions[at - 1] ?? 0);
        }
      },
    ),
  );
});

test("every character of a secret is equally likely", () => {
  const ids = createIds(Date.now);
  const counts = new Map<string, number>();
  for (const character of ids.secret(310_000))
    counts.set(character, (counts.get(character) ?? 0) + 1);
  expect(counts.size).toBe(62);
  // 5000 expected each, standard deviation 70: six of them either way.
  for (const count of counts.values()) expect(Math.abs(count - 5000)).toBeLessThan(420);
});
