/**
 * Money is an integer in the currency's smallest unit. This file has Stripe's own table of currencies, the smallest
 * charge of each, the fee, and how an amount is written in a sentence. Decimals never come from `Intl`: Stripe counts
 * some currencies differently (ISK, UGX, HUF, TWD).
 */

const twoDecimal =
  "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx uyu uzs wst xcd yer zar zmw";
const zeroDecimal = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";
const threeDecimal = "bhd jod kwd omr tnd";

const decimals: ReadonlyMap<string, number> = new Map([
  ...twoDecimal.split(" ").map((code) => [code, 2] as const),
  ...zeroDecimal.split(" ").map((code) => [code, 0] as const),
  ...threeDecimal.split(" ").map((code) => [code, 3] as const),
]);

/** Every currency that can be charged, lower case, US dollar first as in Stripe's sentence. */
export const currencies: readonly string[] = [...decimals.keys()];

/** Smallest charge in minor units, where Stripe publishes one. */
const minimumCharge: ReadonlyMap<string, number> = new Map([
  ...["usd", "eur", "aud", "cad", "chf", "nzd", "sgd", "brl", "inr"].map(
    (code) => [code, 50] as const,
  ),
  ["gbp", 30],
  ["jpy", 50],
  ["dkk", 250],
  ["nok", 300],
  ["sek", 300],
  ["hkd", 400],
  ["mxn", 1000],
  ["pln", 200],
  ["czk", 1500],
  ["huf", 17_500],
  ["ron", 200],
  ["aed", 200],
  ["myr", 200],
  ["thb", 1000],
]);

/** The largest amount of one charge, in minor units. */
export const maximumCharge = 99_999_999;

export const minimumChargeOf = (currency: string): number => minimumCharge.get(currency) ?? 1;

/** These have no smaller unit than a hundred of the API's: the last two digits are there for compatibility. */
const wholeUnitsOnly: ReadonlySet<string> = new Set(["isk", "ugx"]);

/** What every charge in the currency is a multiple of, in minor units: networks know two decimals at most. */
export function smallestStepOf(currency: string): number {
  if (wholeUnitsOnly.has(currency)) return 100;
  return decimals.get(currency) === 3 ? 10 : 1;
}

/** `$0.50`, `¥50`, `4.00 hkd`: how Stripe's sentences write an amount. */
export function formatAmount(amountMinor: number, currency: string): string {
  const places = decimals.get(currency) ?? 2;
  const sign = amountMinor < 0 ? "-" : "";
  const digits = String(Math.abs(amountMinor)).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
  const value = places === 0 ? whole : `${whole}.${digits.slice(-places)}`;
  const symbol = symbols.get(currency);
  return symbol === undefined ? `${sign}${value} ${currency}` : `${sign}${symbol}${value}`;
}

const symbols: ReadonlyMap<string, string> = new Map([
  ["usd", "$"],
  ["eur", "€"],
  ["gbp", "£"],
  ["jpy", "¥"],
]);

/** Tenths of a percent. */
const domesticRate = 29;
const internationalRate = 44;

/**
 * 2.9 %, or 4.4 % of an international card, and a fixed part of 30 hundredths (30 units where the currency has none),
 * half up.
 *
 * @param isInternational whether the card comes from another country than the account.
 */
export function processingFee(
  amountMinor: number,
  currency: string,
  isInternational = false,
): number {
  const fixed = (decimals.get(currency) ?? 2) === 3 ? 300 : 30;
  const rate = isInternational ? internationalRate : domesticRate;
  return divideRoundHalfUp(amountMinor * rate, 1000) + fixed;
}

/** Integer division of non-negative integers, half away from zero. */
export function divideRoundHalfUp(numerator: number, denominator: number): number {
  return Math.floor((2 * numerator + denominator) / (2 * denominator));
}
