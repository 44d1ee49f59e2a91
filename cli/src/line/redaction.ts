/**
 * What may be shown on a terminal. Whoever mistypes a command may have typed a key or a card number, and an answer may
 * hold a name that somebody else chose: neither a secret nor a terminal's control sequence gets through.
 */

/** `sk_test_…`, `rk_live_…`, `whsec_…`: the prefix tells what it was and is no secret. */
const secrets = /((?:[a-z]k_(?:test|live)|whsec)_)[0-9A-Za-z_]+/g;
/** 13 to 19 digits in a row, or in groups of four. A UUID, which an idempotency key may be, has neither. */
const cardNumbers =
  /(?<![0-9A-Za-z_])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7})(?![0-9A-Za-z_])/g;
const controlCharacters = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

/** Text of one line that can be shown: control characters become U+FFFD. */
export const printable = (text: string): string => text.replace(controlCharacters, "\uFFFD");

/** The text without keys and card numbers, otherwise as {@link printable}. */
export const redacted = (text: string): string =>
  printable(text.replace(secrets, "$1…").replace(cardNumbers, "[card]"));
