/**
 * The keys in memory: none is lost while its lifetime lasts, and what is past it is let go.
 */
import { expect, test } from "vitest";
import { KeyIndex } from "./key-index.ts";

test("every key is found again among a hundred thousand, and an unknown one is not", () => {
  const index = new KeyIndex(1000, () => 0);
  const count = 100_000;
  for (let number = 1; number <= count; number++) index.add(`key ${number}`, number);
  for (let number = 1; number <= count; number++) {
    expect(index.find(`key ${number}`).includes(number)).toBe(true);
  }
  let falseHints = 0;
  for (let number = 0; number < count; number++) falseHints += index.find(`other ${number}`).length;
  expect(falseHints).toBeLessThan(10);
});

test("a key that was given to several rows leads to all of them", () => {
  const index = new KeyIndex(1000, () => 0);
  for (const rowId of [7, 8, 9]) index.add("the same", rowId);
  expect(index.find("the same").toSorted()).toEqual([7, 8, 9]);
});

test("a key is found for its whole lifetime, and forgotten after two at the most", () => {
  let nowMs = 0;
  const index = new KeyIndex(1000, () => nowMs);
  index.add("first", 1);
  nowMs = 900;
  index.add("second", 2);
  nowMs = 1001;
  index.add("third", 3);
  expect(index.find("second")).toEqual([2]);
  nowMs = 1899;
  expect(index.find("second")).toEqual([2]);
  nowMs = 2002;
  index.add("fourth", 4);
  expect(index.find("first")).toEqual([]);
  expect(index.find("third")).toEqual([3]);
});
