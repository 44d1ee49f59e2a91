/**
 * Takes deliveries that are due out of the database, under a lease, so that of several workers one sends each. A lease
 * that is over was a crash's; whoever comes next takes the delivery, which may then be sent twice and is never lost.
 */
import type { Scope } from "../../context.ts";
import type { Database } from "../../store/database.ts";
import { columnsOf, type Dialect, defineQuery } from "../../store/query.ts";
import { type WebhookDeliveryRow, webhookDeliveries } from "../deliveries/schema.ts";
import { webhookEndpoints } from "../endpoints/schema.ts";

export interface Claim {
  readonly accountId: string;
  readonly endpoint: string;
  readonly owner: string;
  readonly nowMs: number;
  readonly leaseMs: number;
  readonly limit: number;
}

/**
 * The earliest due first. What is told in order is due only when nothing before it of its object waits.
 *
 * @returns what is now the caller's, until its lease is over.
 */
export const claimDue = (database: Database, claim: Claim): Promise<WebhookDeliveryRow[]> =>
  database.transact(async (tx) => {
    const { leaseMs, ...asked } = claim;
    const rows = await tx.select(takeDue, { ...asked, untilMs: claim.nowMs + leaseMs });
    return rows.sort((a, b) => (a.due_ms ?? 0) - (b.due_ms ?? 0) || a.position - b.position);
  });

type Place = Pick<Claim, "accountId" | "endpoint" | "nowMs">;

/**
 * One statement, so that on PostgreSQL a claim is one round trip and no two workers come away with the same row: rows
 * that another one is just taking are passed over. It need not be durable: a lease that a crash takes back was a crash's.
 */
const takeDue = defineQuery<
  Place & { readonly owner: string; readonly untilMs: number; readonly limit: number },
  WebhookDeliveryRow
>([webhookDeliveries], (param, dialect) => {
  const returned = webhookDeliveries.columnNames.map((name) => `u."${name}"`).join(", ");
  const due = (): string => `select d.account_id, d.id from webhook_deliveries d
    where d.account_id = ${param("accountId")} and d.endpoint = ${param("endpoint")}
      and d.due_ms is not null and d.due_ms <= ${param("nowMs")}
      and (d.lease_until_ms is null or d.lease_until_ms <= ${param("nowMs")})
      and (d.ordered_by is null or not exists (
        select 1 from webhook_deliveries e
        where e.account_id = d.account_id and e.endpoint = d.endpoint
          and e.ordered_by = d.ordered_by and e.due_ms is not null and e.position < d.position))
    order by d.due_ms, d.position limit ${param("limit")} + 0
    ${dialect === "postgres" ? "for update of d skip locked" : ""}`;
  const set =
    (): string => `set lease_owner = ${param("owner")}, lease_until_ms = ${param("untilMs")},
      version = ${dialect === "postgres" ? "u.version" : "version"} + 1`;
  // Materialized, because a plan that ran it twice would take more than the limit.
  if (dialect === "postgres") {
    return `with taken as materialized (${due()})
      update webhook_deliveries u ${set()} from taken
      where u.account_id = taken.account_id and u.id = taken.id returning ${returned}`;
  }
  return `update webhook_deliveries as u ${set()}
    where (u.account_id, u.id) in (${due()}) returning ${columnsOf(webhookDeliveries)}`;
});

interface Waiting {
  readonly account_id: string;
  readonly endpoint: string;
  /** The earliest of what waits in nobody's hands, due or not; null when nothing does. */
  readonly due_ms: number | null;
}

/**
 * For each endpoint of the accounts, when something becomes due that nobody has in hand. Each costs a step into an index
 * and one more for each delivery that is in somebody's hands.
 *
 * @param accountIds a JSON array.
 */
export const waitingByEndpoint = defineQuery<
  { readonly accountIds: string; readonly nowMs: number },
  Waiting
>(
  [webhookEndpoints, webhookDeliveries],
  (param, dialect) => `select w.* from (
      select e.account_id, e.id as endpoint, (
        select d.due_ms from webhook_deliveries d
        where d.account_id = e.account_id and d.endpoint = e.id and d.due_ms is not null
          and (d.lease_until_ms is null or d.lease_until_ms <= ${param("nowMs")})
        order by d.due_ms, d.position limit 1
      ) as due_ms
      from webhook_endpoints e
      where e.account_id ${inList(param("accountIds"), dialect)} and e.kind = 'endpoint'
    ) w where w.due_ms is not null`,
);

/** The next that becomes due after now. */
export const nextDueAfter = defineQuery<Place, { readonly due_ms: number | null }>(
  [webhookDeliveries],
  (param) => `select min(due_ms) as due_ms from webhook_deliveries
    where account_id = ${param("accountId")} and endpoint = ${param("endpoint")}
      and due_ms is not null and due_ms > ${param("nowMs")}`,
);

/** What is due already and could not be claimed: leased by another, or waiting for its turn. */
export const dueAlready = defineQuery<Place, { readonly id: string }>(
  [webhookDeliveries],
  (param) => `select id from webhook_deliveries
    where account_id = ${param("accountId")} and endpoint = ${param("endpoint")}
      and due_ms is not null and due_ms <= ${param("nowMs")} limit 1`,
);

/** Gives back all that an owner had when it ended. */
export const releaseLeases = defineQuery<{ accountId: string; owner: string }, never>(
  [webhookDeliveries],
  (param) => `update webhook_deliveries
    set lease_owner = null, lease_until_ms = null, version = version + 1
    where account_id = ${param("accountId")} and due_ms is not null and lease_owner = ${param("owner")}`,
);

/** Ends what waits for an endpoint that is sent nothing more, a piece at a time. */
export const endWaiting = defineQuery<
  { accountId: string; endpoint: string; failure: string; limit: number },
  never
>(
  [webhookDeliveries],
  (param) => `update webhook_deliveries
    set status = 'failed', due_ms = null, lease_owner = null, lease_until_ms = null,
      failure = ${param("failure")}, version = version + 1
    where account_id = ${param("accountId")} and id in (
      select id from webhook_deliveries
      where account_id = ${param("accountId")} and endpoint = ${param("endpoint")}
        and due_ms is not null limit ${param("limit")} + 0)`,
);

/** Whether anything in a scope is due now, or has yet to be tried at all: a fault may have put off its first attempt. */
export const dueInScope = defineQuery<Scope & { readonly nowMs: number }, { readonly id: string }>(
  [webhookDeliveries],
  (param) => `select id from webhook_deliveries d
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and endpoint like 'we~_%' escape '~'
      and due_ms is not null and (due_ms <= ${param("nowMs")} or attempt_count = 0)
      and (ordered_by is null or not exists (
        select 1 from webhook_deliveries e
        where e.account_id = d.account_id and e.endpoint = d.endpoint
          and e.ordered_by = d.ordered_by and e.due_ms is not null and e.position < d.position))
    limit 1`,
);

/** A condition that a value is in the JSON array that a placeholder stands for. */
export const inList = (placeholder: string, dialect: Dialect): string =>
  dialect === "sqlite"
    ? `in (select value from json_each(${placeholder}))`
    : `= any (array(select jsonb_array_elements_text(cast(${placeholder} as jsonb))))`;
