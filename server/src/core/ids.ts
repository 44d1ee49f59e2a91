/**
 * Ids and random secrets. An id is a prefix, 7 base62 characters of system time in milliseconds and 17 random ones
 * (101 bits): neighbours in time are neighbours in an index, and none can be guessed. Ids are never incremented and
 * never derived from card data; what must be in order carries a `position`.
 */
import { randomFillSync } from "node:crypto";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const alphabetCodes = Buffer.from(alphabet, "latin1");

/** Fills the buffer with random bytes. Tests may seed it; the vault has its own and takes no seed. */
export type RandomSource = (into: Uint8Array) => void;

export interface Ids {
  /** @param prefix such as `ch_`. */
  next(prefix: string): string;
  /** `length` random base62 characters: 5.95 bits each. */
  secret(length: number): string;
  /** Microseconds of system time, made strictly increasing in this process: the order of rows within a second. */
  position(): number;
}

const poolSize = 4096;

export function createIds(
  systemNow: () => number,
  random: RandomSource = (into) => void randomFillSync(into),
): Ids {
  const bytes = new Uint8Array(poolSize);
  /** Random characters that were not given out yet. */
  let pool = "";
  let used = 0;
  let lastPosition = 0;
  let timeMs = -1;
  let timePart = "";

  const refill = (): void => {
    random(bytes);
    const codes = Buffer.allocUnsafe(poolSize);
    let count = 0;
    for (const byte of bytes) {
      // 248 = 4 × 62: higher bytes would make the first characters likelier.
      if (byte < 248) codes[count++] = alphabetCodes[byte % 62] ?? 0;
    }
    pool = codes.toString("latin1", 0, count);
    used = 0;
  };
  const secret = (length: number): string => {
    let characters = "";
    while (characters.length < length) {
      if (used === pool.length) refill();
      const taken = pool.slice(used, used + length - characters.length);
      used += taken.length;
      characters += taken;
    }
    return characters;
  };

  return {
    next: (prefix) => {
      const now = systemNow();
      if (now !== timeMs) {
        timeMs = now;
        timePart = base62(now, 7);
      }
      return prefix + timePart + secret(17);
    },
    secret,
    position: () => {
      lastPosition = Math.max(systemNow() * 1000, lastPosition + 1);
      return lastPosition;
    },
  };
}

/** `value` in base62, most significant character first, padded to `width`. */
function base62(value: number, width: number): string {
  let rest = value;
  let characters = "";
  for (let index = 0; index < width; index++) {
    characters = alphabet[rest % 62] + characters;
    rest = Math.floor(rest / 62);
  }
  return characters;
}
