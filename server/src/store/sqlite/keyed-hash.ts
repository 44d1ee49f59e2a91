/**
 * HalfSipHash-1-3: a short keyed hash of a text, for tables in memory whose keys callers choose. Without the key nobody can
 * choose texts that collide, and it costs a tenth of a cryptographic hash of the same text. It proves nothing about a
 * text: whoever finds one by it compares the text itself.
 */
import { randomBytes } from "node:crypto";

/** @returns a function that makes 48 bits of a text, exact in a double, under a key of its own. */
export function createKeyedHash(key: Uint8Array = randomBytes(8)): (text: string) => number {
  const view = new DataView(key.buffer, key.byteOffset, 8);
  const key0 = view.getInt32(0, true);
  const key1 = view.getInt32(4, true);
  // The state lives here between the rounds: an object for each text would be most of the cost.
  let v0 = 0;
  let v1 = 0;
  let v2 = 0;
  let v3 = 0;
  const round = (): void => {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  };
  const absorb = (word: number): void => {
    v3 ^= word;
    round();
    v0 ^= word;
  };

  return (text) => {
    v0 = key0;
    v1 = key1 ^ 0xee;
    v2 = 0x6c796765 ^ key0;
    v3 = 0x74656462 ^ key1;
    const { length } = text;
    // Two UTF-16 units make a word; the last word says how many there were.
    let at = 0;
    for (; at + 1 < length; at += 2) absorb(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16));
    if (at < length) absorb(text.charCodeAt(at));
    absorb(length);
    v2 ^= 0xee;
    round();
    round();
    round();
    const low = (v1 ^ v3) >>> 0;
    v1 ^= 0xdd;
    round();
    round();
    round();
    return (((v1 ^ v3) >>> 16) & 0xffff) * 0x1_0000_0000 + low;
  };
}
