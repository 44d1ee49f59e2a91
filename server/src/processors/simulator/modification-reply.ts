/**
 * Reads the simulator's replies to captures, releases and refunds into outcomes, by the same rules as those to
 * authorizations.
 */
import type { ModificationReply } from "@istripe/simulator";
import type {
  CaptureOutcome,
  LaterRefund,
  RefundOutcome,
  Refused,
  ReleaseOutcome,
} from "../modifications.ts";
import { readReply } from "./reply.ts";

/** @throws Error as {@link readReply}. */
export const readCapture = (status: number, body: unknown): CaptureOutcome =>
  readReply(status, body, (value) => refusalIn(value) ?? doneIn(value, { kind: "captured" }));

/** @throws Error as {@link readReply}. */
export const readRelease = (status: number, body: unknown): ReleaseOutcome =>
  readReply(status, body, (value) => refusalIn(value) ?? doneIn(value, { kind: "released" }));

/** @throws Error as {@link readReply}. */
export const readRefund = (status: number, body: unknown): RefundOutcome =>
  readReply(status, body, (value) => refusalIn(value) ?? refundIn(value));

const refusalReasons: Readonly<Record<Refused["reason"], true>> = {
  already_captured: true,
  already_released: true,
  amount_too_large: true,
  currency_mismatch: true,
  not_authorized: true,
  not_captured: true,
};

function refusalIn({ outcome, refusal }: Partial<ModificationReply>): Refused | undefined {
  if (outcome !== "refused" || typeof refusal !== "string") return undefined;
  return Object.hasOwn(refusalReasons, refusal) ? { kind: "refused", reason: refusal } : undefined;
}

const doneIn = <Done>(reply: Partial<ModificationReply>, done: Done): Done | undefined =>
  reply.outcome === "done" && reply.refusal === null && reply.refund === null ? done : undefined;

function refundIn(reply: Partial<ModificationReply>): RefundOutcome | undefined {
  const { outcome, refusal, refund } = reply;
  if (outcome !== "done" || refusal !== null || typeof refund !== "object" || refund === null) {
    return undefined;
  }
  const { status } = refund;
  const later = laterIn(refund.later);
  if ((status !== "succeeded" && status !== "pending") || later === undefined) return undefined;
  return { kind: "refunded", status, later };
}

/** Null when nothing comes later, undefined when what is said of it means nothing. */
function laterIn(later: unknown): LaterRefund | null | undefined {
  if (typeof later !== "object" || later === null) return later === null ? null : undefined;
  const { status, reason, after_seconds: afterSeconds } = later as Record<string, unknown>;
  if (status !== "succeeded" && status !== "failed") return undefined;
  if (reason !== null && typeof reason !== "string") return undefined;
  if (typeof afterSeconds !== "number" || !(afterSeconds >= 0)) return undefined;
  return { status, reason, afterSeconds };
}
