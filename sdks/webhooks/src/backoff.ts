/**
 * When a failed event is tried again: twice as long each time, from a second to an hour, with jitter so that what failed
 * together does not come back together.
 */
import { randomInt } from "node:crypto";

const firstDelayMs = 1_000;
const delayMsMax = 3_600_000;
/** A delay is between this share of itself and the whole. */
const jitterSharePercent = 50;

/** @param attempt the attempt that has just failed, from 1. @returns milliseconds. */
export function retryDelayMs(attempt: number): number {
  const whole = Math.min(delayMsMax, firstDelayMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round((whole * randomInt(jitterSharePercent, 101)) / 100);
}
