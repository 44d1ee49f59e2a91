/**
 * The port to whoever moves the money: a simulator, an acquirer. It speaks of authorizations and of what
 * follows them, and knows no Stripe wire. What the other side answers, or fails to answer, is a value: only our own
 * bugs throw. A reference names one thing for ever: asking again under it never moves money twice, and asking again
 * with other terms is a bug.
 */
import type { CardHandle } from "@istripe/vault";
import type {
  Capture,
  CaptureOutcome,
  Refund,
  RefundOutcome,
  Release,
  ReleaseOutcome,
} from "./modifications.ts";
import type { Unknown } from "./unknown.ts";

export interface Processor {
  /** Lower case, for logs and rows: `simulator`. */
  readonly name: string;
  /**
   * Present, as all that ends in `Now`, only where the processor is a function in this process, without I/O: then it
   * may be called inside a database transaction, and again when the transaction's body is run again. Such a processor
   * never hears that a transaction was rolled back, so it keeps no account of what was captured, released or refunded:
   * it refuses what the authorization itself rules out, as long as it remembers that, and else trusts the amounts.
   */
  authorizeNow?(authorization: Authorization): Outcome;
  verifyNow?(verification: Verification): Outcome;
  captureNow?(capture: Capture): CaptureOutcome;
  releaseNow?(release: Release): ReleaseOutcome;
  refundNow?(refund: Refund): RefundOutcome;
  /**
   * Goes with `authorizeNow` and `verifyNow`: the transaction has committed, so the CVC that was kept for another run of its body is
   * wiped. When it is not called, the CVC goes by itself some seconds later.
   */
  forgetCvc?(used: Pick<Authorization, "accountId" | "livemode" | "card">): void;
  /** Asks for an authorization, or for the first outcome when the reference was asked before. */
  authorize(authorization: Authorization): Promise<Outcome>;
  /**
   * Asks whether the card would pay, for nothing: no money is held or moved. It uses up the CVC, as an authorization
   * does. Its references and those of authorizations share one namespace.
   */
  verify(verification: Verification): Promise<Outcome>;
  capture(capture: Capture): Promise<CaptureOutcome>;
  release(release: Release): Promise<ReleaseOutcome>;
  refund(refund: Refund): Promise<RefundOutcome>;
  /**
   * What became of the reference of an authorization or a verification, to settle what a crash or a timeout left open.
   * Moves no money. The three below do the same for the other references.
   * @returns `absent` when the processor surely never had it; `unknown` when it cannot be asked now.
   */
  find(reference: string, livemode: boolean): Promise<Outcome | "absent">;
  findCapture(reference: string, livemode: boolean): Promise<CaptureOutcome | "absent">;
  findRelease(reference: string, livemode: boolean): Promise<ReleaseOutcome | "absent">;
  findRefund(reference: string, livemode: boolean): Promise<RefundOutcome | "absent">;
}

export interface Authorization {
  readonly accountId: string;
  readonly livemode: boolean;
  /** The charge's id: 1 to 64 letters, digits, `_` or `-`, a letter first. */
  readonly reference: string;
  /** Minor units, at least 1. */
  readonly amount: number;
  /** ISO 4217, lower case. */
  readonly currency: string;
  /** Whether the money is taken at once, or only held. */
  readonly capture: boolean;
  readonly card: AuthorizedCard;
  /**
   * Whether a CVC came with the card and this is its first authorization. When the vault has lost it since, the CVC
   * check is `unavailable`, not null.
   */
  readonly cvcGiven: boolean;
  /** 1 to 12. */
  readonly expMonth: number;
  /** Four digits. */
  readonly expYear: number;
  readonly addressLine1: string | null;
  readonly addressZip: string | null;
}

/** The reference is the card's id. Processors want a currency even for nothing: the account's own will do. */
export type Verification = Omit<Authorization, "amount" | "capture">;

/** A stored card that only the vault can open, or one that the vault's ingress holds for this request. */
type AuthorizedCard =
  | { readonly kind: "sealed"; readonly sealed: Uint8Array; readonly cardId: string }
  | { readonly kind: "handle"; readonly handle: CardHandle };

export type Outcome = Approved | Declined | Blocked | Unknown;

/** The issuer agreed: the money is held or taken, or the card was verified. */
interface Approved extends Judged {
  readonly kind: "approved";
  /** Six digits. */
  readonly authorizationCode: string;
  readonly networkTransactionId: string;
}

/** The issuer, or the network before it, refused. No money moved. */
interface Declined extends Judged {
  readonly kind: "declined";
  /** One of Stripe's decline codes, such as `insufficient_funds`. */
  readonly reason: string;
  readonly codes: DeclineCodes;
  /** Null when the request never reached the network. */
  readonly networkTransactionId: string | null;
}

/** The processor's own fraud rules refused; the network was never asked. */
interface Blocked extends Judged {
  readonly kind: "blocked";
  /** As {@link Declined}: `fraudulent`. */
  readonly reason: string;
}

export interface Judged {
  /** `visa`, `mastercard`, … as routed. */
  readonly network: string;
  readonly checks: Checks;
  readonly risk: Risk;
  /** What the card is made to do later, such as `dispute_fraudulent` or `bypass_pending`; null for ordinary cards. */
  readonly behaviour: string | null;
}

interface DeclineCodes {
  /** `try_again_later`, `confirm_card_data` or `do_not_try_again`. */
  readonly advice: string | null;
  readonly networkAdvice: string | null;
  readonly networkDecline: string | null;
}

/** Null: the datum was not given. `unavailable`: it was, and nobody judged it. */
type Check = "pass" | "fail" | "unavailable" | null;

interface Checks {
  readonly cvc: Check;
  readonly addressLine1: Check;
  readonly addressPostalCode: Check;
}

interface Risk {
  readonly level: "normal" | "elevated" | "highest";
  /** 0 to 100; below 65 is normal, from 75 on highest. */
  readonly score: number;
}
