/**
 * The one place of this program that reads the time of day. Durations are measured with `performance.now()` instead,
 * which nobody sets back.
 */

/** Milliseconds since 1970. */
export const wallClockMs = (): number => Date.now();
