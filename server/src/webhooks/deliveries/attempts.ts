/**
 * The attempts at a delivery, the latest first, with the body that each sent: the event's text, which never changes, and
 * the number in it that does.
 */
import type { Context } from "../../context.ts";
import { retrieve } from "../../resource.ts";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { eventTextOf } from "../engine/message.ts";
import { type EventRow, events } from "../events/schema.ts";
import { presentAttempt, type WebhookAttempt, webhookDeliveryResource } from "./resource.ts";
import { type WebhookAttemptRow, webhookAttempts } from "./schema.ts";

/** A delivery has a dozen attempts at most; resends may add to them. */
const attemptsShownMax = 100;

/** @throws ApiError 404 */
export async function listAttempts(
  context: Context,
  id: string,
  serialize: (event: EventRow) => string,
): Promise<WebhookAttempt[]> {
  const { accountId, database } = context;
  const delivery = await retrieve(database.committed, webhookDeliveryResource, {
    named: { id, in: "url" },
    scope: context,
  });
  const rows = await database.committed.select(attemptsOf, {
    accountId,
    delivery: id,
    limit: attemptsShownMax,
  });
  const event = await database.committed.get(events, {
    account_id: accountId,
    id: delivery.event,
  });
  const text = event === undefined ? undefined : eventTextOf(event, serialize);
  return rows.map((row) =>
    presentAttempt(
      row,
      text === undefined ? null : `${text.head}${row.pending_webhooks}${text.tail}`,
    ),
  );
}

const attemptsOf = defineQuery<
  { accountId: string; delivery: string; limit: number },
  WebhookAttemptRow
>(
  [webhookAttempts],
  (param) => `select ${columnsOf(webhookAttempts)} from webhook_attempts
    where account_id = ${param("accountId")} and delivery = ${param("delivery")}
    order by number desc limit ${param("limit")} + 0`,
);
