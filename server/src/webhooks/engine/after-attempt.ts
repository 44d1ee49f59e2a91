/**
 * What an attempt makes of its delivery: the row of the attempt, and whether and when the delivery is due again. A
 * delivery that was taken out of the sender's hands meanwhile, by a resend say, is not overruled.
 */
import { nextAttemptMs } from "../deliveries/retry-schedule.ts";
import type { WebhookAttemptRow, WebhookDeliveryRow } from "../deliveries/schema.ts";
import type { Attempted } from "./attempt.ts";

/** What an attempt makes of a delivery. @param row as it is stored now. */
export interface AfterAttempt {
  readonly attempt: WebhookAttemptRow;
  readonly changes: Partial<WebhookDeliveryRow>;
  /** The delivery with the changes. */
  readonly row: WebhookDeliveryRow;
}

export function afterAttempt(
  attempted: Attempted,
  row: WebhookDeliveryRow,
  nowMs: number,
): AfterAttempt {
  const number = row.attempt_count + 1;
  const changes = {
    attempt_count: number,
    ...(isInHand(attempted, row)
      ? {
          ...stateAfter(attempted, { nowMs, number, row }),
          lease_owner: null,
          lease_until_ms: null,
        }
      : stateAfterLoss(attempted, row)),
  };
  return {
    attempt: attemptRow(attempted, number),
    changes,
    row: { ...row, ...changes, version: row.version + 1 },
  };
}

/** Whether the delivery is still under the lease that it was sent under: a resend ends that, and so does time. */
const isInHand = ({ delivery }: Attempted, row: WebhookDeliveryRow): boolean =>
  row.due_ms !== null &&
  row.lease_owner === delivery.lease_owner &&
  row.lease_until_ms === delivery.lease_until_ms;

/** What is due again, or in other hands, goes its way. What was given up meanwhile has arrived all the same. */
const stateAfterLoss = (
  { failure, isCopy }: Attempted,
  row: WebhookDeliveryRow,
): Partial<WebhookDeliveryRow> =>
  row.due_ms === null && failure === null && !isCopy ? { failure: null, status: "succeeded" } : {};

function stateAfter(
  { failure, isCopy, retryAfterMs }: Attempted,
  about: { readonly number: number; readonly nowMs: number; readonly row: WebhookDeliveryRow },
): Partial<WebhookDeliveryRow> {
  const { number, nowMs, row } = about;
  if (isCopy) return {};
  if (failure === null) return { due_ms: null, failure: null, status: "succeeded" };
  const due_ms = nextAttemptMs({
    // Differs between deliveries, and needs no randomness of its own.
    chance: (row.position % 1009) / 1009,
    count: number,
    livemode: row.livemode,
    madeMs: row.made_ms,
    nowMs,
    retryAfterMs,
  });
  return { due_ms, failure, status: due_ms === null ? "failed" : "pending" };
}

const attemptRow = (attempted: Attempted, number: number): WebhookAttemptRow => ({
  account_id: attempted.delivery.account_id,
  delivery: attempted.delivery.id,
  duration_ms: attempted.durationMs,
  faults: attempted.delivery.faults,
  livemode: attempted.delivery.livemode,
  message: attempted.failure?.message ?? null,
  number,
  pending_webhooks: attempted.pending,
  reason: attempted.failure?.reason ?? null,
  request_headers: attempted.requestHeaders,
  response_body: attempted.responseBody,
  response_headers: attempted.responseHeaders,
  stage: attempted.failure?.stage ?? "after",
  started_ms: attempted.startedMs,
  status: attempted.status,
  succeeded: attempted.failure === null,
  url: attempted.url,
});
