/**
 * The simulator's own wire: what an authorization request and its reply look like, and the check that a request is
 * one. It is not Stripe's wire. A sentence about a bad request names the field and never repeats its value, which may
 * be a card number.
 */

export interface AuthorizationRequest {
  /** The caller's name for this authorization: letters, digits, `_` and `-`, a letter first, at most 64. */
  readonly reference: string;
  /** Minor units; 0 verifies the card and moves no money. */
  readonly amount: number;
  /** ISO 4217, lower case. */
  readonly currency: string;
  readonly capture: boolean;
  readonly card: PresentedCard;
}

export interface PresentedCard {
  /** 12 to 19 digits. */
  readonly number: string;
  readonly exp_month: number;
  readonly exp_year: number;
  /** Three or four digits; null when the caller has none. */
  readonly cvc: string | null;
  /** `given`: the cardholder gave a CVC, even where the caller has lost it since and `cvc` is null. */
  readonly cvc_state?: "given" | null;
  readonly address_line1: string | null;
  readonly address_zip: string | null;
}

/** Null: not given. `unavailable`: given, and nobody judged it. */
export type Check = "pass" | "fail" | "unavailable" | null;

export interface Decline {
  /** The issuer's reason, such as `insufficient_funds`. */
  readonly reason: string;
  readonly network_code: string | null;
  readonly advice: string | null;
  readonly network_advice: string | null;
}

export interface Reply {
  readonly reference: string;
  readonly outcome: "approved" | "declined" | "blocked";
  /** Null exactly when approved. */
  readonly decline: Decline | null;
  readonly checks: {
    readonly cvc: Check;
    readonly address_line1: Check;
    readonly address_postal_code: Check;
  };
  /** Six digits; null unless approved. */
  readonly authorization_code: string | null;
  readonly network: string;
  /** Null when the network was not asked. */
  readonly network_transaction_id: string | null;
  readonly risk: { readonly level: "normal" | "elevated" | "highest"; readonly score: number };
  /** What the card does after the authorization, such as `dispute_fraudulent`; null for ordinary cards. */
  readonly behaviour: string | null;
}

/** A request that is none; the message may be shown to the caller. */
export class BadRequest extends Error {}

/** The largest amount, in minor units: twelve digits, which no card number fits into. */
export const amountMax = 999_999_999_999;
const textMax = 500;
const referencePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** @throws BadRequest with a sentence that names the field. */
export function readAuthorizationRequest(body: unknown): AuthorizationRequest {
  const request = objectOf(body);
  const card = request["card"];
  require(isObject(card), "card must be an object.");
  const presented = readCard(card);
  const { amount, capture } = request;
  const reference = readReference("reference", request["reference"]);
  // References are journalled and card numbers never are.
  require(!reference.includes(presented.number), "reference must not contain the card number.");
  require(isInteger(amount, 0, amountMax), `amount must be an integer from 0 to ${amountMax}.`);
  const currency = readCurrency(request["currency"]);
  require(typeof capture === "boolean", "capture must be true or false.");
  return { reference, amount, currency, capture, card: presented };
}

/** @throws BadRequest */
export function readReference(field: string, value: unknown): string {
  require(typeof value === "string" &&
    referencePattern.test(
      value,
    ), `${field} must be a letter followed by at most 63 letters, digits, _ or -.`);
  return value;
}

/** @throws BadRequest */
export function readCurrency(value: unknown): string {
  require(typeof value === "string" &&
    /^[a-z]{3}$/.test(value), "currency must be three lower case letters.");
  return value;
}

function readCard(card: Readonly<Record<string, unknown>>): PresentedCard {
  const { number, exp_month, exp_year, cvc, cvc_state, address_line1, address_zip } = card;
  require(typeof number === "string" &&
    /^\d{12,19}$/.test(number), "card.number must be 12 to 19 digits.");
  require(isInteger(exp_month, 1, 12), "card.exp_month must be an integer from 1 to 12.");
  require(isInteger(exp_year, 1970, 9999), "card.exp_year must be an integer of four digits.");
  require(isTextOrNull(cvc) &&
    (cvc === null || /^\d{3,4}$/.test(cvc)), "card.cvc must be three or four digits, or null.");
  require(cvc_state === undefined ||
    cvc_state === null ||
    cvc_state === "given", 'card.cvc_state must be "given", null or absent.');
  require(isTextOrNull(address_line1), "card.address_line1 must be a string or null.");
  require(isTextOrNull(address_zip), "card.address_zip must be a string or null.");
  return {
    number,
    exp_month,
    exp_year,
    cvc,
    cvc_state: cvc_state ?? null,
    address_line1,
    address_zip,
  };
}

/** @throws BadRequest unless the body is a JSON object. */
export function objectOf(body: unknown): Readonly<Record<string, unknown>> {
  require(isObject(body), "The body must be a JSON object.");
  return body;
}

/** @throws BadRequest with the sentence unless the condition holds. */
export function require(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new BadRequest(sentence);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isInteger(value: unknown, from: number, to: number): value is number {
  return Number.isInteger(value) && (value as number) >= from && (value as number) <= to;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || (typeof value === "string" && value.length <= textMax);
}
