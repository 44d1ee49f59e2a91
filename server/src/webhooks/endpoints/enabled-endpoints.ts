/**
 * The endpoints and listeners of a scope that are told of events, kept in memory because every event asks for them.
 */
import type { Scope } from "../../context.ts";
import type { Transaction } from "../../store/database.ts";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { type WebhookEndpointRow, webhookEndpoints } from "./schema.ts";

export const enabledEndpoints = defineQuery<Scope, WebhookEndpointRow>(
  [webhookEndpoints],
  (param) => `select ${columnsOf(webhookEndpoints)} from webhook_endpoints
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and status = 'enabled' and deleted = false
    order by created, position`,
);

export interface EndpointCache {
  find(tx: Transaction, scope: Scope): Promise<readonly WebhookEndpointRow[]>;
  /** The transaction sees endpoints that nobody else does yet. */
  changeIn(tx: Transaction): void;
  forget(scope: Scope): void;
}

/**
 * The enabled endpoints of each scope. Only this process changes endpoints' settings, so it knows when to read them again;
 * one that a sender disabled meanwhile is sent nothing, whatever is made for it.
 */
export function createEndpointCache(): EndpointCache {
  const kept = new Map<string, readonly WebhookEndpointRow[]>();
  /** Counts what was forgotten: what was read before it must not be kept after it. */
  const changes = new Map<string, number>();
  const changing = new WeakSet<Transaction>();
  const placeOf = ({ accountId, livemode }: Scope): string => `${accountId} ${livemode}`;
  return {
    changeIn: (tx) => {
      changing.add(tx);
    },
    find: async (tx, scope) => {
      const place = placeOf(scope);
      const found = changing.has(tx) ? undefined : kept.get(place);
      if (found !== undefined) return found;
      const change = changes.get(place);
      const { accountId, livemode } = scope;
      const rows = await tx.select(enabledEndpoints, { accountId, livemode });
      // Not before the commit: what it was read among may be undone, a change of endpoints with it.
      tx.afterCommit(() => {
        if (changes.get(place) === change) kept.set(place, rows);
      });
      return rows;
    },
    forget: (scope) => {
      const place = placeOf(scope);
      kept.delete(place);
      changes.set(place, (changes.get(place) ?? 0) + 1);
    },
  };
}
