/** No text that may appear in a sentence carries a card number, wherever and however the caller wrote it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { shownName, shownValue } from "./shown.ts";

const digitsOf = (text: string): string => text.replace(/\D/g, "");

test("short texts are shown as they are, long ones to their first 20 and 100 characters", () => {
  expect(shownValue("abc")).toBe("abc");
  expect(shownValue("é".repeat(20))).toBe("é".repeat(20));
  expect(shownValue("💳".repeat(21))).toBe(`${"💳".repeat(20)}...`);
  expect(shownName("n".repeat(101))).toBe(`${"n".repeat(100)}...`);
});

test("control characters cannot forge a line in a log", () => {
  expect(shownValue("a\r\nb\u001b[0m")).toBe("a\uFFFD\uFFFDb\uFFFD[0m");
});

test("a card number shows at most its first six digits, however it is spaced and whatever is around it", () => {
  const pan = fc.stringMatching(/^[0-9]{12,19}$/);
  const separator = fc.constantFrom("", " ", "-", ".", "  ");
  const around = fc.stringMatching(/^[a-z[\] ]{0,30}$/);
  fc.assert(
    fc.property(pan, separator, fc.tuple(around, around), (number, between, [before, after]) => {
      const spaced = number.match(/.{1,4}/g)?.join(between) ?? "";
      for (const show of [shownValue, shownName]) {
        expect(digitsOf(show(`${before}${spaced}${after}`)).length).toBeLessThanOrEqual(6);
      }
    }),
  );
});

test("fewer digits than a card number has are shown whole", () => {
  expect(shownValue("12345678901")).toBe("12345678901");
});
