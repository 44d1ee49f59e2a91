/**
 * How text that a caller sent may appear in a sentence: cut short, free of control characters, and with the digits
 * masked when there are enough of them for a card number. Somebody will put a card number in the wrong parameter, and
 * an error message travels to logs and idempotency records where a card number must never be.
 */

import { maskedCards } from "./card-digits.ts";

const valueLengthMax = 20;
const nameLengthMax = 100;

const digitsShown = 6;

/** At most the first 20 characters of a value. */
export const shownValue = (value: string): string => shown(value, valueLengthMax);

/** At most the first 100 characters of a parameter's name. */
export const shownName = (name: string): string => shown(name, nameLengthMax);

function shown(text: string, lengthMax: number): string {
  // Four times the length is ample to see a number that spaces or dashes stretch, and bounds the work.
  const start = text.slice(0, lengthMax * 4);
  const readable = maskedCards(start, digitsShown).replace(/[\p{Cc}\p{Cs}]/gu, "\uFFFD");
  const characters = Array.from(readable);
  if (characters.length <= lengthMax && start.length === text.length) return readable;
  return `${characters.slice(0, lengthMax).join("")}...`;
}
