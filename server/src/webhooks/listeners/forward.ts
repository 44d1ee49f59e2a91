/**
 * What a listener fetches and what it tells of it: a delivery is leased to it, and is over when it says that the
 * application took it. A listener that dies in between gets the delivery again.
 */
import type { Context } from "../../context.ts";
import { resourceMissing } from "../../core/errors.ts";
import type { Reader } from "../../store/database.ts";
import { type WebhookDeliveryRow, webhookDeliveries } from "../deliveries/schema.ts";
import { type WebhookEndpointRow, webhookEndpoints } from "../endpoints/schema.ts";
import { openSecrets } from "../endpoints/secret.ts";
import type { Attempted } from "../engine/attempt.ts";
import { claimDue } from "../engine/claim.ts";
import { eventTextOf, messageOf } from "../engine/message.ts";
import { storeAttempt } from "../engine/settle.ts";
import { countPendingOf } from "../events/pending.ts";
import { type EventRow, events } from "../events/schema.ts";
import { findListener, listenerLifetimeMs } from "./open.ts";
import type { DeliveryToForward, ForwardResult } from "./schema.ts";

const leaseMs = 60_000;
/** A delivery that waits for its retry is noticed after this long. */
const lookAgainMs = 1000;

/** Which question of each listener is its latest. */
export interface Polls {
  /** A question begins; `end` must be called when it is answered. */
  begin(listenerId: string): { isLatest(): boolean; end(): void };
}

/**
 * A newer question of a listener ends an older one: whoever asked that has gone without a word, and would be leased what
 * nobody forwards.
 */
export function createPolls(): Polls {
  const latest = new Map<string, symbol>();
  return {
    begin: (listenerId) => {
      const poll = Symbol(listenerId);
      const isLatest = (): boolean => latest.get(listenerId) === poll;
      latest.set(listenerId, poll);
      return {
        end: () => {
          if (isLatest()) latest.delete(listenerId);
        },
        isLatest,
      };
    },
  };
}

/**
 * Answers when there is something to forward, or with nothing when the time is over.
 *
 * @throws ApiError 404
 */
export async function fetchDeliveries(
  context: Context,
  id: string,
  about: Fetching & { readonly polls: Polls },
): Promise<DeliveryToForward[]> {
  const { end, isLatest } = about.polls.begin(id);
  try {
    return await waitForDeliveries(context, id, { ...about, isLatest });
  } finally {
    end();
  }
}

interface Fetching {
  readonly limit: number;
  readonly timeoutSeconds: number;
  readonly serialize: (event: EventRow) => string;
}

async function waitForDeliveries(
  context: Context,
  id: string,
  about: Fetching & { isLatest(): boolean },
): Promise<DeliveryToForward[]> {
  const { accountId, clock, database } = context;
  const until = clock.monotonic() + about.timeoutSeconds * 1000;
  for (;;) {
    const listener = await findListener(database.committed, context, id);
    await keepAlive(context, listener);
    if (!about.isLatest()) return [];
    const waitMs = Math.max(0, Math.min(until - clock.monotonic(), lookAgainMs));
    const startedMs = clock.monotonic();
    // Before the look into the database, so that nothing is committed unseen between the two.
    const told = context.outbox.whenTold(id, waitMs);
    const rows = await claimDue(database, {
      accountId,
      endpoint: id,
      leaseMs,
      limit: about.limit,
      nowMs: clock.system(),
      owner: id,
    });
    if (rows.length > 0 || waitMs === 0) return toForward(context, listener, { ...about, rows });
    // Sooner than its time without being told: the server stops.
    if (!(await told) && clock.monotonic() - startedMs < waitMs / 2) return [];
  }
}

/** Written once in a while, not at each question. */
async function keepAlive(context: Context, listener: WebhookEndpointRow): Promise<void> {
  const nowMs = context.clock.system();
  if ((listener.expires_ms ?? 0) - nowMs > listenerLifetimeMs / 2) return;
  await context.database.transact(async (tx) => {
    const row = await findListener(tx, context, listener.id);
    tx.update(webhookEndpoints, row, { expires_ms: nowMs + listenerLifetimeMs });
  });
}

async function toForward(
  context: Context,
  listener: WebhookEndpointRow,
  about: {
    readonly rows: readonly WebhookDeliveryRow[];
    readonly serialize: (event: EventRow) => string;
  },
): Promise<DeliveryToForward[]> {
  const { clock, database, vault } = context;
  const secrets = about.rows.length === 0 ? [] : openSecrets(vault, listener, clock.system());
  const forwarded: DeliveryToForward[] = [];
  for (const delivery of about.rows) {
    const { account_id, event: id } = delivery;
    const event = await database.committed.get(events, { account_id, id });
    if (event === undefined) {
      await giveUp(context, delivery);
      continue;
    }
    const number = delivery.attempt_count + 1;
    const { body, headers } = messageOf(delivery, {
      isStandard: listener.standard_webhooks,
      nowMs: clock.system(),
      number,
      pending: await pendingOf(database.committed, delivery),
      secrets,
      text: eventTextOf(event, about.serialize),
    });
    forwarded.push({
      attempt: number,
      body: body.toString(),
      event: id,
      event_type: delivery.event_type,
      headers,
      id: delivery.id,
      object: "istripe.webhook_delivery_to_forward",
    });
  }
  return forwarded;
}

/** How many have not taken the event yet, this listener included. */
const pendingOf = async (
  reader: Reader,
  { account_id, event, sibling_count }: WebhookDeliveryRow,
): Promise<number> =>
  sibling_count === 1 ? 1 : Math.max(1, await countPendingOf(reader, account_id, event));

/** An event that was forgotten while it waited can be told to nobody. */
const giveUp = ({ database }: Context, { account_id, id }: WebhookDeliveryRow): Promise<void> =>
  database.transact(async (tx) => {
    const row = await tx.get(webhookDeliveries, { account_id, id });
    if (row === undefined || row.due_ms === null) return;
    tx.update(webhookDeliveries, row, {
      due_ms: null,
      failure: eventForgotten,
      lease_owner: null,
      lease_until_ms: null,
      status: "failed",
    });
  });

const eventForgotten = {
  message: "The event is older than events are kept, so it can no longer be told.",
  reason: "event_forgotten",
  stage: "before",
} as const;

/** @throws ApiError 404 for a delivery that is not this listener's. */
export function noteForwarded(
  context: Context,
  listenerId: string,
  about: { readonly deliveryId: string; readonly result: ForwardResult },
): Promise<WebhookDeliveryRow> {
  const { accountId: account_id, clock } = context;
  const { deliveryId: id, result } = about;
  return context.finish(async (tx) => {
    const listener = await findListener(tx, context, listenerId);
    const row = id.includes("\0") ? undefined : await tx.get(webhookDeliveries, { account_id, id });
    if (row === undefined || row.endpoint !== listenerId) {
      throw resourceMissing("webhook delivery", id, { in: "url", param: "delivery" });
    }
    // A result that comes again, or too late, changes nothing.
    if (row.due_ms === null) return row;
    const pending = await pendingOf(tx, row);
    const attempted = attemptedOf(row, { listener, nowMs: clock.system(), pending, result });
    return storeAttempt(tx, clock.system(), { attempted, row });
  });
}

function attemptedOf(
  delivery: WebhookDeliveryRow,
  about: {
    readonly listener: WebhookEndpointRow;
    readonly nowMs: number;
    readonly pending: number;
    readonly result: ForwardResult;
  },
): Attempted {
  const { result } = about;
  const { duration_ms: durationMs = 0, status = null } = result;
  return {
    delivery,
    durationMs,
    failure: failureOf(result),
    isCopy: false,
    number: delivery.attempt_count + 1,
    pending: about.pending,
    requestHeaders: {},
    responseBody: result.response_body ?? null,
    responseHeaders: status === null ? null : {},
    retryAfterMs: null,
    startedMs: about.nowMs - durationMs,
    status,
    url: `listener ${about.listener.url}`,
  };
}

function failureOf({ error, status }: ForwardResult): Attempted["failure"] {
  if (status === undefined) {
    const message = `The listener could not forward it${error === undefined ? "." : `: ${error}`}`;
    return { message, reason: "not_forwarded", stage: "during" };
  }
  if (status >= 200 && status <= 299) return null;
  const message = `The application answered with the status ${status}; only 200 to 299 mean that it took the event.`;
  return { message, reason: "status", stage: "after" };
}
