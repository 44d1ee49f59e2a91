/**
 * What could be a card number in text that nobody vouches for, and how it is masked. A number has 12 to 19 digits
 * (ISO/IEC 7812); somebody will put one into the wrong parameter, however it is grouped and in whatever script.
 */

export const cardDigitsMin = 12;

/** Digits with no letter between them, however they are grouped: an id's digits, scattered among letters, stay. */
const cardLike = new RegExp(`\\p{Nd}(?:[^\\p{L}\\p{Nd}]*\\p{Nd}){${cardDigitsMin - 1},}`, "gu");

/**
 * The text, as long as before, with an asterisk for each digit that could be a card number's.
 *
 * @param digitsShown how many of each number stay: at most the first six may (PCI DSS 3.4.1).
 */
export const maskedCards = (text: string, digitsShown = 0): string =>
  text.replace(cardLike, (run) => {
    let seen = 0;
    return run.replace(/\p{Nd}/gu, (digit) => {
      seen += 1;
      return seen <= digitsShown ? digit : "*";
    });
  });
