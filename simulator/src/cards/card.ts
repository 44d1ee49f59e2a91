/**
 * What a row of the test card tables holds: the rule that the simulator follows, and beside it what the published
 * behaviour says must come of it. The two are written apart, so that each can be checked against the other.
 */

export interface TestCard {
  readonly number: string;
  /** What follows `tok_` or `pm_card_`; the first is the current name, the others are older or other spellings. */
  readonly names: readonly string[];
  readonly about: string;
  readonly rule: CardRule;
  readonly expected: Expected;
}

/** What an authorization with the card comes to. */
export type CardRule = Approval | Refusal | Block;

export interface Approval {
  readonly kind: "approve";
  /** What happens later, told in the reply so that the caller can act it out. */
  readonly behaviour?: string;
  readonly risk?: "elevated";
  /** What the issuer answers to the address parts, where it is not `pass`. */
  readonly line1?: "fail" | "unavailable";
  readonly postalCode?: "fail" | "unavailable";
}

export interface Refusal {
  readonly kind: "decline";
  readonly reason: string;
  readonly behaviour?: string;
  /** Approved when the request carries no CVC. */
  readonly onlyWithCvc?: true;
  /** Approved when the card is only verified, that is when no amount is asked for. */
  readonly onlyPayments?: true;
  readonly cvc?: "fail";
}

/** Too risky to pay with; a verification, which moves nothing, is approved. */
interface Block {
  readonly kind: "block";
}

/** What the card gives at each step of its life. */
export interface Expected {
  readonly token: CardResult;
  /** When it is attached to a customer. */
  readonly attach: CardResult;
  readonly charge: CardResult;
  /** When a charge that it paid is refunded; null when it never pays. */
  readonly refund: ExpectedRefund | null;
}

export type CardResult = "ok" | CardRefusal;

/** A 402 with these fields. */
export interface CardRefusal {
  readonly code: string;
  readonly declineCode: string | null;
  /** An empty string is sent as one. */
  readonly param: string | null;
  /** When it is refused, where that is not always: otherwise the step succeeds. */
  readonly when?: "cvc_given" | "postal_code_rule";
}

export interface ExpectedRefund {
  readonly status: "succeeded" | "pending";
  /** What becomes of it by itself. */
  readonly later: {
    readonly status: "succeeded" | "failed";
    readonly reason: string | null;
  } | null;
}

/** Names are separated by spaces; a card without `expected` pays. */
export type Row = readonly [
  number: string,
  names: string,
  about: string,
  rule: CardRule,
  expected?: Expected,
];

export const approve: Approval = { kind: "approve" };

export const later = (behaviour: string): Approval => ({ kind: "approve", behaviour });

export const decline = (reason: string, more: Partial<Refusal> = {}): Refusal => ({
  kind: "decline",
  reason,
  ...more,
});

const refundSucceeds: ExpectedRefund = { status: "succeeded", later: null };

export const pays: Expected = {
  token: "ok",
  attach: "ok",
  charge: "ok",
  refund: refundSucceeds,
};

/** Attaches to a customer, and fails when it pays. */
export const failsToPay = (charge: CardRefusal): Expected => ({ ...pays, charge, refund: null });

/** Fails when it is attached and when it pays. Where no field is to blame, attaching it names an empty one. */
export const fails = (refusal: CardRefusal): Expected => ({
  token: "ok",
  attach: { ...refusal, param: refusal.param ?? "" },
  charge: refusal,
  refund: refusal.when === undefined ? null : refundSucceeds,
});

export const cardDeclined = (declineCode: string): CardRefusal => ({
  code: "card_declined",
  declineCode,
  param: null,
});

/** A refusal whose code and decline code are the same word. */
export const refusedAs = (
  code: string,
  param: string | null,
  more: Pick<CardRefusal, "when"> = {},
): CardRefusal => ({ code, declineCode: code, param, ...more });
