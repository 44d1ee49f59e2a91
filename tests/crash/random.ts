/**
 * Random choices that a seed repeats, so that a failing run can be tried again. The seed is printed with every failure
 * and may be given as CRASH_SEED.
 */
import { randomInt } from "node:crypto";

export interface Random {
  readonly seed: number;
  /** A number from 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  choose<T>(choices: readonly [T, ...T[]]): T;
}

export function seedOfRun(): number {
  const given = process.env["CRASH_SEED"];
  return given === undefined ? randomInt(2 ** 31) : Number(given);
}

/** Mulberry32: 32 bits of state are plenty for choosing when to kill. */
export function createRandom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    choose: ([first, ...others]) =>
      [first, ...others][Math.floor(next() * (others.length + 1))] ?? first,
    next,
    seed,
  };
}
