/**
 * What one turn of the event loop brought is handed over once, together and in order; what comes meanwhile waits for
 * the next turn and is never lost.
 */
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { gatherTurn } from "./turn.ts";

test("hands over what one turn brought, together and in order", async () => {
  const turns: (readonly number[])[] = [];
  const gather = gatherTurn<number>((items) => turns.push(items));
  for (const item of [1, 2, 3]) gather(item);
  expect(turns).toEqual([]);
  await setImmediate();
  expect(turns).toEqual([[1, 2, 3]]);
});

test("keeps for the next turn what comes while a turn is handed over", async () => {
  const turns: (readonly number[])[] = [];
  const gather = gatherTurn<number>((items) => {
    turns.push(items);
    for (const item of items) if (item < 10) gather(item * 10);
  });
  gather(1);
  gather(2);
  await setImmediate();
  expect(turns).toEqual([[1, 2]]);
  await setImmediate();
  expect(turns).toEqual([
    [1, 2],
    [10, 20],
  ]);
});
