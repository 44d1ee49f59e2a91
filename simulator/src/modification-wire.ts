/**
 * The wire of what follows an authorization: captures, releases and refunds, together called modifications. None of
 * them carries a card.
 */
import {
  amountMax,
  BadRequest,
  isInteger,
  objectOf,
  readCurrency,
  readReference,
  require,
} from "./wire.ts";

export type ModificationRequest = CaptureRequest | ReleaseRequest | RefundRequest;
export type ModificationKind = ModificationRequest["kind"];

interface Modification {
  /** The caller's name for this modification, as for an authorization. */
  readonly reference: string;
  /** The reference of the authorization that it is about. */
  readonly authorization: string;
}

/** Takes money that is held, once for each authorization; what is not taken stays held until it is released. */
interface CaptureRequest extends Modification {
  readonly kind: "capture";
  /** Minor units of the authorization's currency. */
  readonly amount: number;
}

/** Lets go of all that is still held. */
interface ReleaseRequest extends Modification {
  readonly kind: "release";
}

/** Gives back money that was taken, wholly or in parts. */
interface RefundRequest extends Modification {
  readonly kind: "refund";
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  /** As the authorization's reply told it. */
  readonly behaviour: string | null;
}

export interface ModificationReply {
  readonly reference: string;
  readonly outcome: "done" | "refused";
  /** Null exactly when done. */
  readonly refusal: RefusalReason | null;
  /** Null unless a refund was done. */
  readonly refund: RefundProgress | null;
}

export type RefusalReason =
  | "already_captured"
  | "already_released"
  | "amount_too_large"
  | "currency_mismatch"
  | "not_authorized"
  | "not_captured";

export interface RefundProgress {
  readonly status: "succeeded" | "pending";
  /** What becomes of it by itself; the simulator has no clock, so its caller acts it out. */
  readonly later: {
    readonly status: "succeeded" | "failed";
    readonly reason: string | null;
    readonly after_seconds: number;
  } | null;
}

const behaviourPattern = /^[a-z_]{1,64}$/;

/** @throws BadRequest with a sentence that names the field. */
export function readModification(kind: ModificationKind, body: unknown): ModificationRequest {
  const request = objectOf(body);
  const reference = readReference("reference", request["reference"]);
  const authorization = readReference("authorization", request["authorization"]);
  if (kind === "release") return { kind, reference, authorization };
  const { amount } = request;
  require(isInteger(amount, 1, amountMax), `amount must be an integer from 1 to ${amountMax}.`);
  if (kind === "capture") return { kind, reference, authorization, amount };
  const currency = readCurrency(request["currency"]);
  const behaviour = readBehaviour(request["behaviour"]);
  return { kind, reference, authorization, amount, currency, behaviour };
}

function readBehaviour(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === "string" && behaviourPattern.test(value)) return value;
  throw new BadRequest("behaviour must be lower case letters and _, or null.");
}
