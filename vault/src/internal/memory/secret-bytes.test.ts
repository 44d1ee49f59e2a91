/** The guarantee of secret memory: it is off the heap, zero, and nobody else's. */
import { expect, test } from "vitest";
import { secretBytes } from "./secret-bytes.ts";

test("memory for a card number is never so small that V8 keeps it on its heap, and is shared with nothing", () => {
  for (const length of [0, 3, 16, 64, 65, 4_096]) {
    const first = secretBytes(length);
    const second = secretBytes(length);
    expect(first).toHaveLength(length);
    expect(first.buffer.byteLength).toBeGreaterThan(64);
    expect(first.buffer).not.toBe(second.buffer);
    expect(first.every((byte) => byte === 0)).toBe(true);
  }
});
