/**
 * However many CVCs wait, one more costs the same: at the limit, where each pushes the oldest out, no walk over those
 * that went before it, which would let a flood of tokens slow down everyone else's.
 */

import { expect, test } from "vitest";
import { cpuMsOf } from "../../../../tests/support/cpu-time.ts";
import { defaultLimits } from "../limits.ts";
import { HeldCvcs } from "./held-cvcs.ts";

const { cvcCountMax } = defaultLimits;

function msToKeep(cvcs: HeldCvcs, from: number): number {
  return cpuMsOf(() => {
    for (let index = from; index < from + cvcCountMax; index++) {
      cvcs.keep(cvcs.create(), `acct_1 test card_${index}`);
    }
  });
}

test("one more CVC at the limit costs about what one below it does", () => {
  const cvcs = new HeldCvcs(defaultLimits, () => 0);
  const below = msToKeep(cvcs, 0);
  msToKeep(cvcs, cvcCountMax);
  const at = msToKeep(cvcs, 2 * cvcCountMax);
  // Walking over what was dropped before took thirty times as long and more.
  expect(at / below).toBeLessThan(8);
  expect(cvcs.find(`acct_1 test card_${2 * cvcCountMax - 1}`)).toBeUndefined();
  expect(cvcs.find(`acct_1 test card_${2 * cvcCountMax}`)).toBeDefined();
  cvcs.close();
});

test("the oldest goes first, whichever were used in between", () => {
  const cvcs = new HeldCvcs({ ...defaultLimits, cvcCountMax: 3 }, () => 0);
  const keep = (name: string) => {
    const cvc = cvcs.create();
    cvcs.keep(cvc, name);
    return cvc;
  };
  const held = { a: keep("a"), b: keep("b"), c: keep("c") };
  cvcs.wipe(held.b);
  keep("d");
  expect(["a", "b", "c", "d"].filter((name) => cvcs.find(name) !== undefined)).toEqual([
    "a",
    "c",
    "d",
  ]);
  keep("e");
  keep("f");
  expect(["a", "c", "d", "e", "f"].filter((name) => cvcs.find(name) !== undefined)).toEqual([
    "d",
    "e",
    "f",
  ]);
  // One that moves to another reference is as young as its last one.
  const moved = cvcs.find("d");
  if (moved === undefined) throw new Error("d is not held");
  cvcs.keep(moved, "d again");
  keep("g");
  expect(["d", "d again", "e", "f", "g"].filter((name) => cvcs.find(name) !== undefined)).toEqual([
    "d again",
    "f",
    "g",
  ]);
  cvcs.close();
});
