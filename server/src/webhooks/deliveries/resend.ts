/**
 * Sends again what was sent before, or what an endpoint never was: one delivery, one event, or all of a time. What is
 * resent is due at once and is then a delivery like any other.
 */
import type { Context, Scope } from "../../context.ts";
import { invalidRequest } from "../../core/errors.ts";
import type { Range } from "../../core/parameters.ts";
import { retrieve } from "../../resource.ts";
import type { Transaction } from "../../store/database.ts";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { enabledEndpoints } from "../endpoints/enabled-endpoints.ts";
import { isEnabled } from "../endpoints/event-types.ts";
import { webhookEndpointResource } from "../endpoints/resource.ts";
import { type WebhookEndpointRow, webhookEndpoints } from "../endpoints/schema.ts";
import { inList } from "../engine/claim.ts";
import { countPendingOf } from "../events/pending.ts";
import { type EventRow, events } from "../events/schema.ts";
import { newDelivery } from "./new-delivery.ts";
import { webhookDeliveryResource } from "./resource.ts";
import { type WebhookDeliveryRow, webhookDeliveries } from "./schema.ts";

/** @throws ApiError 404; 400 where the endpoint takes nothing. */
export function resendDelivery(context: Context, id: string): Promise<WebhookDeliveryRow> {
  return context.finish(async (tx) => {
    const named = { id, in: "url" } as const;
    const row = await retrieve(tx, webhookDeliveryResource, { named, scope: context });
    const endpoint = await tx.get(webhookEndpoints, {
      account_id: context.accountId,
      id: row.endpoint,
    });
    return makeDue(tx, context, { endpoint: requireEnabled(endpoint, row.endpoint), row });
  });
}

/**
 * @param about `endpointId`: tells one endpoint only; else every one that has asked for the event's type. `answer`:
 *   shows the event, given how many endpoints have not taken it yet.
 * @throws ApiError 400 for an endpoint that is unknown or takes nothing.
 */
export function resendEvent<Answer>(
  context: Context,
  event: EventRow,
  about: {
    readonly endpointId: string | undefined;
    readonly answer: (pendingWebhooks: number) => Answer;
  },
): Promise<Answer> {
  const { answer, endpointId } = about;
  return context.finish(async (tx) => {
    const endpoints =
      endpointId === undefined
        ? (await endpointsOf(tx, context)).filter((endpoint) =>
            isEnabled(endpoint.enabled_events, event.type),
          )
        : [await requireEndpoint(tx, context, endpointId)];
    const made = await tx.select(deliveriesOfEvent, {
      accountId: context.accountId,
      event: event.id,
    });
    for (const endpoint of endpoints) {
      const row = made.find((one) => one.endpoint === endpoint.id);
      if (row === undefined) insertDelivery(tx, context, { endpoint, event });
      else makeDue(tx, context, { endpoint, row });
    }
    return answer(await countPendingOf(tx, context.accountId, event.id));
  });
}

/** Which events a replay tells again. */
export type Replayed = "all" | "failed" | "missing";

export interface Replay {
  readonly object: "istripe.webhook_replay";
  readonly endpoint: string;
  /** How many are due now. */
  readonly deliveries: number;
}

/** A replay goes through this many events at most: a longer one is asked for in parts. */
const replayMax = 1000;

/**
 * Tells an endpoint the events of a time again, the oldest first.
 *
 * @param about `only`: those whose delivery failed, those that it was never told, or all.
 * @throws ApiError 404; 400 where the endpoint takes nothing, or the time holds too many events.
 */
export function replayEvents(
  context: Context,
  endpointId: string,
  about: {
    readonly created: Range;
    readonly types: readonly string[] | undefined;
    readonly only: Replayed;
  },
): Promise<Replay> {
  const { accountId, livemode } = context;
  return context.finish(async (tx) => {
    const named = { id: endpointId, in: "url" } as const;
    await retrieve(tx, webhookEndpointResource, { named, scope: context });
    const endpoint = await requireEndpoint(tx, context, endpointId);
    const found = await tx.select(eventsBetween, {
      accountId,
      from: about.created.gte ?? (about.created.gt ?? -1) + 1,
      limit: replayMax + 1,
      livemode,
      to: about.created.lte ?? (about.created.lt ?? Number.MAX_SAFE_INTEGER) - 1,
    });
    if (found.length > replayMax) {
      throw invalidRequest(
        `More than ${replayMax} events happened in this time: replay it in shorter parts.`,
        { param: "created" },
      );
    }
    const asked = found.filter(
      ({ type }) =>
        isEnabled(endpoint.enabled_events, type) && (about.types?.includes(type) ?? true),
    );
    const ids = JSON.stringify(asked.map(({ id }) => id));
    const made = await tx.select(deliveriesOfEvents, { accountId, endpoint: endpointId, ids });
    const byEvent = new Map(made.map((row) => [row.event, row]));
    const replayed = asked.filter((event) => {
      const row = byEvent.get(event.id);
      return replayOne(tx, context, { endpoint, event, only: about.only, row });
    });
    return { deliveries: replayed.length, endpoint: endpointId, object: "istripe.webhook_replay" };
  });
}

/** @returns whether the event is told again. */
function replayOne(
  tx: Transaction,
  context: Context,
  about: {
    readonly endpoint: WebhookEndpointRow;
    readonly event: EventRow;
    readonly only: Replayed;
    /** The endpoint's delivery of the event, where there is one. */
    readonly row: WebhookDeliveryRow | undefined;
  },
): boolean {
  const { endpoint, event, only, row } = about;
  if (row === undefined) {
    if (only === "failed") return false;
    insertDelivery(tx, context, { endpoint, event });
    return true;
  }
  if (only === "missing" || (only === "failed" && row.status !== "failed")) return false;
  makeDue(tx, context, { endpoint, row });
  return true;
}

/** With the endpoint's faults of now: what was spoilt on purpose can be made good. */
function makeDue(
  tx: Transaction,
  context: Context,
  { endpoint, row }: { readonly endpoint: WebhookEndpointRow; readonly row: WebhookDeliveryRow },
): WebhookDeliveryRow {
  const { account_id: accountId, endpoint: id } = row;
  context.outbox.deliveriesDue(tx, [{ accountId, id }]);
  return tx.update(webhookDeliveries, row, {
    due_ms: context.clock.system(),
    failure: null,
    faults: endpoint.faults,
    lease_owner: null,
    lease_until_ms: null,
    status: "pending",
  });
}

/** Others may have been told before or may be later: more than one, so that they are counted when it is sent. */
const unknownSiblings = 2;

function insertDelivery(
  tx: Transaction,
  context: Context,
  { endpoint, event }: { readonly endpoint: WebhookEndpointRow; readonly event: EventRow },
): void {
  const { accountId, clock, ids, livemode, now } = context;
  context.outbox.deliveriesDue(tx, [{ accountId, id: endpoint.id }]);
  const { id, object_id: objectId, type } = event;
  const delivery = newDelivery(ids, {
    endpoint,
    event: { accountId, created: now, faults: null, id, livemode, objectId, type },
    nowMs: clock.system(),
    siblingCount: unknownSiblings,
  });
  // Faults that put off what happens put off nothing that is asked for.
  tx.insert(webhookDeliveries, { ...delivery, due_ms: delivery.made_ms });
}

/** @throws ApiError 400 for an endpoint that is unknown, deleted or disabled. */
async function requireEndpoint(
  tx: Transaction,
  context: Context,
  id: string,
): Promise<WebhookEndpointRow> {
  // A listener may be told again too, though no route shows it as an endpoint.
  if (id.startsWith("whl_") && !id.includes("\0")) {
    const row = await tx.get(webhookEndpoints, { account_id: context.accountId, id });
    if (row?.livemode === context.livemode) return requireEnabled(row, id);
  }
  const named = { id, in: "parameter", param: "webhook_endpoint" } as const;
  const endpoint = await retrieve(tx, webhookEndpointResource, { named, scope: context });
  return requireEnabled(endpoint, id);
}

/** @throws ApiError 400 for an endpoint that is sent nothing. */
function requireEnabled(endpoint: WebhookEndpointRow | undefined, id: string): WebhookEndpointRow {
  if (endpoint !== undefined && !endpoint.deleted && endpoint.status === "enabled") return endpoint;
  throw invalidRequest(
    endpoint === undefined || endpoint.deleted
      ? `The webhook endpoint ${id} was deleted, so nothing can be sent to it.`
      : `The webhook endpoint ${id} is disabled: enable it first, with disabled=false.`,
    { param: "webhook_endpoint" },
  );
}

const endpointsOf = (tx: Transaction, { accountId, livemode }: Context) =>
  tx.select(enabledEndpoints, { accountId, livemode });

const deliveriesOfEvent = defineQuery<{ accountId: string; event: string }, WebhookDeliveryRow>(
  [webhookDeliveries],
  (param) => `select ${columnsOf(webhookDeliveries)} from webhook_deliveries
    where account_id = ${param("accountId")} and event = ${param("event")}`,
);

const deliveriesOfEvents = defineQuery<
  { accountId: string; endpoint: string; ids: string },
  WebhookDeliveryRow
>(
  [webhookDeliveries],
  (param, dialect) => `select ${columnsOf(webhookDeliveries)} from webhook_deliveries
    where account_id = ${param("accountId")} and event ${inList(param("ids"), dialect)}
      and endpoint = ${param("endpoint")}`,
);

const eventsBetween = defineQuery<
  Scope & { readonly from: number; readonly to: number; readonly limit: number },
  EventRow
>(
  [events],
  (param) => `select ${columnsOf(events)} from events
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and created >= ${param("from")} and created <= ${param("to")}
    order by created, position limit ${param("limit")} + 0`,
);
