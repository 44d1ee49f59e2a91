/**
 * Text as search compares it: without regard to case or to how a character is composed, as words for exact matches
 * and as triples of characters for substrings. A row and a query are taken apart by the same functions, so that the
 * index and the check of a row never disagree.
 */

/** The shortest substring that can be searched for, in characters. */
export const substringLengthMin = 3;

export const folded = (text: string): string => text.normalize("NFKC").toLowerCase();

/** Runs of letters, marks and digits, in order. */
export const wordsOf = (text: string): readonly string[] =>
  folded(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

/** Every three neighbouring UTF-16 units, each once. */
export function trigramsOf(text: string): readonly string[] {
  const whole = folded(text);
  const trigrams = new Set<string>();
  for (let at = 0; at + substringLengthMin <= whole.length; at++) {
    trigrams.add(whole.slice(at, at + substringLengthMin));
  }
  return [...trigrams];
}

/** Whether the words stand in the text, side by side and in the same order. No words stand in no text. */
export function hasWords(text: string, asked: readonly string[]): boolean {
  if (asked.length === 0) return false;
  return ` ${wordsOf(text).join(" ")} `.includes(` ${asked.join(" ")} `);
}

export const hasSubstring = (text: string, part: string): boolean =>
  folded(text).includes(folded(part));
