/**
 * What a capture, a release or a refund comes to: a pure function of the request and of what is known of its
 * authorization. Nothing is captured that was not held, and nothing refunded that was not captured.
 */
import type {
  ModificationReply,
  ModificationRequest,
  RefundProgress,
  RefusalReason,
} from "./modification-wire.ts";

/** The money of one authorization, in minor units. */
export interface Held {
  /** What was authorized; 0 when nothing was. */
  readonly amount: number;
  readonly currency: string;
  readonly captured: number;
  readonly refunded: number;
  readonly isReleased: boolean;
}

/** What becomes of a refund by itself becomes so after this long, by the caller's business clock. */
const refundSettlesAfterSeconds = 60;

/**
 * @param held undefined when the authorization may be there and is not remembered: then the caller's word counts, and
 * its amounts are taken as they are.
 */
export function modify(request: ModificationRequest, held: Held | undefined): ModificationReply {
  const refusal = held === undefined ? null : refusalOf(request, held);
  const isRefund = refusal === null && request.kind === "refund";
  return {
    reference: request.reference,
    outcome: refusal === null ? "done" : "refused",
    refusal,
    refund: isRefund ? refundOf(request.behaviour) : null,
  };
}

function refusalOf(request: ModificationRequest, held: Held): RefusalReason | null {
  if (held.amount === 0) return "not_authorized";
  switch (request.kind) {
    case "capture":
      return captureRefusal(request.amount, held);
    case "release":
      if (held.isReleased) return "already_released";
      return held.captured === held.amount ? "already_captured" : null;
    case "refund":
      if (request.currency !== held.currency) return "currency_mismatch";
      if (held.captured === 0) return "not_captured";
      return request.amount > held.captured - held.refunded ? "amount_too_large" : null;
  }
}

function captureRefusal(amount: number, held: Held): RefusalReason | null {
  if (held.captured > 0) return "already_captured";
  if (held.isReleased) return "already_released";
  return amount > held.amount ? "amount_too_large" : null;
}

function refundOf(behaviour: string | null): RefundProgress {
  const after_seconds = refundSettlesAfterSeconds;
  switch (behaviour) {
    case "refund_pending":
      return { status: "pending", later: { status: "succeeded", reason: null, after_seconds } };
    case "refund_fail": {
      const reason = "expired_or_canceled_card";
      return { status: "succeeded", later: { status: "failed", reason, after_seconds } };
    }
    default:
      return { status: "succeeded", later: null };
  }
}
