/**
 * Numbers as terms of an index that knows equality only. A number is written in base 16; it has a term for each of its
 * prefixes and one for its sign and length, so that every range of numbers is a union of at most a few dozen terms,
 * wherever the range lies and however the numbers are spread.
 */

const base = 16;

/** The terms of one number: a price of $20.00 has four. */
export function termsOfNumber(value: number): readonly string[] {
  const { sign, size } = parted(value);
  const length = digitCount(size);
  const terms = [lengthTerm(sign, length)];
  let prefix = size;
  for (let cut = 0; cut < length; cut++) {
    terms.push(prefixTerm(sign, { cut, prefix }));
    prefix = Math.floor(prefix / base);
  }
  return terms;
}

/** Terms that the numbers from `low` to `high`, and no others, have one of. */
export function termsOfRange(low: number, high: number): readonly string[] {
  if (low > high) return [];
  const terms: string[] = [];
  if (high >= 0) addRange(terms, "+", { high, low: Math.max(low, 0) });
  if (low < 0) addRange(terms, "-", { high: -low, low: Math.max(-high, 1) });
  return terms;
}

interface Range {
  readonly low: number;
  readonly high: number;
}

function addRange(terms: string[], sign: string, { low, high }: Range): void {
  for (let length = digitCount(low); length <= digitCount(high); length++) {
    const first = length === 1 ? 0 : base ** (length - 1);
    const last = base ** length - 1;
    if (low <= first && high >= last) terms.push(lengthTerm(sign, length));
    else addPrefixes(terms, sign, { high: Math.min(high, last), low: Math.max(low, first) });
  }
}

/** From both ends inwards: whatever does not fill the next longer unit is named by its own prefix. */
function addPrefixes(terms: string[], sign: string, range: Range): void {
  let { low, high } = range;
  for (let cut = 0; low <= high; cut++) {
    while (low <= high && low % base !== 0) terms.push(prefixTerm(sign, { cut, prefix: low++ }));
    while (low <= high && high % base !== base - 1) {
      terms.push(prefixTerm(sign, { cut, prefix: high-- }));
    }
    low = Math.ceil(low / base);
    high = Math.floor(high / base);
  }
}

const parted = (value: number) => ({ sign: value < 0 ? "-" : "+", size: Math.abs(value) });
const digitCount = (size: number): number => size.toString(base).length;
const lengthTerm = (sign: string, length: number): string => `${sign}${length}`;
const prefixTerm = (sign: string, at: { readonly cut: number; readonly prefix: number }): string =>
  `${sign}${at.prefix}/${at.cut}`;
