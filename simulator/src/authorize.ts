/**
 * What the simulated networks and issuers answer: a pure function of the request. The same request gets the same
 * reply, to the last digit; there is no clock, no randomness and no memory here.
 */
import type { Approval, CardRule } from "./cards/card.ts";
import { testCards } from "./test-cards.ts";
import type { AuthorizationRequest, Check, Decline, PresentedCard, Reply } from "./wire.ts";

const rules: ReadonlyMap<string, CardRule> = new Map(
  testCards.map(({ number, rule }) => [number, rule]),
);

const approve: Approval = { kind: "approve" };

export function authorize(request: AuthorizationRequest): Reply {
  const { card, reference } = request;
  const rule = ruleOf(request);
  const network = networkOf(card.number);
  const draw = drawFrom(reference);
  if (rule === undefined || rule.kind === "block") {
    return unsent({ reference, card, network, isBlocked: rule !== undefined, draw });
  }
  const declines = rule.kind === "decline" && (rule.onlyWithCvc !== true || card.cvc !== null);
  const isElevated = rule.kind === "approve" && rule.risk === "elevated";
  return {
    reference,
    outcome: declines ? "declined" : "approved",
    decline: declines ? declineFor(rule.reason) : null,
    checks: checksOf(rule, card),
    authorization_code: declines ? null : authorizationCode(draw),
    network,
    network_transaction_id: transactionId(draw, network),
    risk: isElevated
      ? { level: "elevated", score: 65 + roll(draw, 10) }
      : { level: "normal", score: roll(draw, 65) },
    behaviour: rule.behaviour ?? null,
  };
}

/** The rule that decides; undefined for what is no test card. Nothing to pay leaves nothing to be refused for. */
function ruleOf({ amount, card }: AuthorizationRequest): CardRule | undefined {
  const rule = rules.get(card.number) ?? (isCountryCard(card.number) ? approve : undefined);
  if (amount > 0 || rule === undefined || rule.kind === "approve") return rule;
  return rule.kind === "block" || rule.onlyPayments === true ? approve : rule;
}

interface Unsent {
  readonly reference: string;
  readonly card: PresentedCard;
  readonly network: string;
  readonly isBlocked: boolean;
  readonly draw: Draw;
}

/** Refused before any network was asked: too risky, or no test card at all. */
function unsent({ reference, card, network, isBlocked, draw }: Unsent): Reply {
  const checks = {
    cvc: cvcCheck(card, "unavailable"),
    address_line1: unlessAbsent(card.address_line1, "unavailable"),
    address_postal_code: unlessAbsent(card.address_zip, "unavailable"),
  };
  return {
    reference,
    outcome: isBlocked ? "blocked" : "declined",
    decline: declineFor(isBlocked ? "fraudulent" : "test_mode_live_card"),
    checks,
    authorization_code: null,
    network,
    network_transaction_id: null,
    risk: isBlocked
      ? { level: "highest", score: 75 + roll(draw, 25) }
      : { level: "normal", score: roll(draw, 65) },
    behaviour: null,
  };
}

function checksOf(
  rule: Exclude<CardRule, { kind: "block" }>,
  card: PresentedCard,
): Reply["checks"] {
  const expected = rule.kind === "approve" ? rule : approve;
  return {
    cvc: cvcCheck(card, (rule.kind === "decline" ? rule.cvc : undefined) ?? "pass"),
    address_line1: unlessAbsent(card.address_line1, expected.line1 ?? "pass"),
    address_postal_code: unlessAbsent(card.address_zip, expected.postalCode ?? "pass"),
  };
}

/** A CVC that the caller has lost was given all the same: nobody can check it, which is not "no CVC". */
function cvcCheck(card: PresentedCard, issuerSays: Check): Check {
  if (card.cvc !== null) return issuerSays;
  return card.cvc_state === "given" ? "unavailable" : null;
}

const unlessAbsent = (value: string | null, check: Check): Check => (value === null ? null : check);

const noCodes = { network_code: null, advice: null, network_advice: null };

/** What the network says along with a reason, as Stripe's test mode was seen to pass it on. */
const declineCodes: Readonly<Record<string, Omit<Decline, "reason">>> = {
  card_velocity_exceeded: { network_code: "61", advice: "try_again_later", network_advice: "02" },
  expired_card: { network_code: "54", advice: "confirm_card_data", network_advice: "03" },
  generic_decline: { network_code: "01", advice: "try_again_later", network_advice: null },
  incorrect_cvc: { network_code: "N7", advice: "confirm_card_data", network_advice: "03" },
  insufficient_funds: { network_code: "51", advice: "try_again_later", network_advice: "02" },
  lost_card: { network_code: "41", advice: "do_not_try_again", network_advice: "01" },
  processing_error: { network_code: "06", advice: "try_again_later", network_advice: null },
  stolen_card: { network_code: "43", advice: "do_not_try_again", network_advice: "01" },
};

const declineFor = (reason: string): Decline => ({ reason, ...(declineCodes[reason] ?? noCodes) });

/** `4000 00cc c…`: a Visa of the country with that ISO number, whether or not the table names it. */
function isCountryCard(number: string): boolean {
  return /^400000(?!000)\d{10}$/.test(number) && hasValidCheckDigit(number);
}

/** Luhn: every second digit from the right doubled, digit sums added up, a multiple of ten. */
export function hasValidCheckDigit(number: string): boolean {
  let sum = 0;
  for (let index = 0; index < number.length; index++) {
    const digit = number.charCodeAt(number.length - 1 - index) - 48;
    const doubled = index % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The first digits that a network issues under; the first match counts. */
const networks: readonly (readonly [RegExp, string])[] = [
  [/^4/, "visa"],
  [/^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, "mastercard"],
  [/^3[47]/, "amex"],
  [/^(30[0-5]|3095|36|3[89])/, "diners"],
  [/^35(2[89]|[3-8])/, "jcb"],
  [/^(6011|64[4-9]|65)/, "discover"],
  [/^62/, "unionpay"],
];

function networkOf(number: string): string {
  return networks.find(([prefix]) => prefix.test(number))?.[1] ?? "unknown";
}

/** 64 bits drawn from the reference, for what looks random in a reply. */
interface Draw {
  readonly high: number;
  readonly low: number;
}

function drawFrom(reference: string): Draw {
  let left = 0x811c9dc5;
  let right = 0x9747b28c;
  for (let index = 0; index < reference.length; index++) {
    const unit = reference.charCodeAt(index);
    left = scramble(left ^ unit);
    right = Math.imul(right, 31) ^ left;
  }
  const high = scramble(left + right) >>> 0;
  return { high, low: scramble(right ^ high) >>> 0 };
}

const authorizationCode = ({ low }: Draw): string =>
  String((low >>> 4) % 1_000_000).padStart(6, "0");

/** 13 characters on Mastercard, else 15 digits of which the first is never 0, so that no reader drops it. */
function transactionId({ high, low }: Draw, network: string): string {
  // 21 + 32 bits make an exact double.
  const wide = (high & 0x1fffff) * 0x1_0000_0000 + low;
  return network === "mastercard"
    ? `M${wide.toString(36).toUpperCase().padStart(12, "0")}`
    : String(100_000_000_000_000 + (wide % 900_000_000_000_000));
}

/** 0 to `below` - 1. */
const roll = ({ high }: Draw, below: number): number => (high >>> 16) % below;

/** A 32-bit mixer: each input bit changes about half of the output bits. Not for secrets. */
function scramble(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  const twice = Math.imul(once ^ (once >>> 15), 0x846ca68b);
  return twice ^ (twice >>> 16);
}
