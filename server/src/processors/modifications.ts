/**
 * What can be asked of a processor about money that it holds or has taken: captures, releases and refunds, together
 * called modifications, and what they come to. None needs the card. Each has a reference of its own, which names it
 * for ever: asked again under it, the processor gives the first outcome and moves nothing.
 */
import type { Unknown } from "./unknown.ts";

interface Modification {
  readonly livemode: boolean;
  /** The caller's name for this modification: 1 to 64 letters, digits, `_` or `-`, a letter first. */
  readonly reference: string;
  /** The reference of the authorization that it is about, which is the charge's id. */
  readonly authorization: string;
}

/** Takes money that is held, once for each authorization. What is not taken stays held until it is released. */
export interface Capture extends Modification {
  /** Minor units of the authorization's currency, at least 1. */
  readonly amount: number;
}

/** Lets go of all that is still held: the whole, or what a partial capture left. */
export interface Release extends Modification {}

/** Gives back money that was captured, wholly or in parts. */
export interface Refund extends Modification {
  /** Minor units, at least 1. */
  readonly amount: number;
  /** ISO 4217, lower case; the authorization's. */
  readonly currency: string;
  /** As the authorization's outcome told it. */
  readonly behaviour: string | null;
}

export type CaptureOutcome = { readonly kind: "captured" } | Refused | Unknown;
export type ReleaseOutcome = { readonly kind: "released" } | Refused | Unknown;
export type RefundOutcome = Refunded | Refused | Unknown;

/** The processor took the refund on. `pending`: it does not say yet whether it will get through. */
export interface Refunded {
  readonly kind: "refunded";
  readonly status: "succeeded" | "pending";
  /** What is to become of it without anybody asking; null when `status` is final. */
  readonly later: LaterRefund | null;
}

export interface LaterRefund {
  readonly status: "succeeded" | "failed";
  /** One of Stripe's failure reasons, such as `expired_or_canceled_card`; null unless it fails. */
  readonly reason: string | null;
  /** Seconds of the mode's business clock after the refund. */
  readonly afterSeconds: number;
}

/** The processor will never do this; no money moved. */
export interface Refused {
  readonly kind: "refused";
  readonly reason: RefusalReason;
}

/**
 * `not_authorized`: nothing was ever held under this authorization. `already_captured` and `already_released`: under
 * another reference, or at once with the authorization. `not_captured`: there is nothing to refund yet.
 */
type RefusalReason =
  | "already_captured"
  | "already_released"
  | "amount_too_large"
  | "currency_mismatch"
  | "not_authorized"
  | "not_captured";
