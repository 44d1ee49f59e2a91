/**
 * What every operation is given: who asks, what time it is, and the parts it may use. An operation knows no HTTP, so
 * a job, the CLI or a test can call it with a context of its own. Its commits go through `phase` and `finish`, which
 * is how an idempotency key, the change and the answer land in one transaction.
 */
import type { Vault } from "@istripe/vault";
import type { Clock } from "./core/clock.ts";
import type { ApiError } from "./core/errors.ts";
import type { Ids } from "./core/ids.ts";
import type { WebhookFaults } from "./core/webhook-faults.ts";
import type { Processor } from "./processors/processor.ts";
import type { Database, Transaction } from "./store/database.ts";

/** An account in one of its two modes: the boundary that no object crosses. */
export interface Scope {
  readonly accountId: string;
  readonly livemode: boolean;
}

/**
 * What is told to webhook endpoints, as operations and jobs see it. Events reach it by themselves; it hears from others
 * only what it could not know.
 */
export interface Outbox {
  /** The transaction changes who is told. */
  endpointsChanged(tx: Transaction, scope: Scope): void;
  /** The transaction makes deliveries of these endpoints due. */
  deliveriesDue(
    tx: Transaction,
    endpoints: readonly { readonly accountId: string; readonly id: string }[],
  ): void;
  /** Resolves with true when nothing of the scope is under way or due; with false when the time is over first. */
  whenIdle(scope: Scope, timeoutMs: number): Promise<boolean>;
  /** Resolves when something was told to the endpoint; with false when the time is over or the server stops. */
  whenTold(endpointId: string, timeoutMs: number): Promise<boolean>;
}

/** The long-lived parts of a server, shared by all requests and jobs. */
export interface Platform {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly outbox: Outbox;
  readonly tokenLifetimeSeconds: number;
  /** This run of the server: whose leases are alive. */
  readonly instanceId: string;
  /** Unix seconds of the mode's business clock when this run began. */
  startedAt(livemode: boolean): number;
  /** The processor of the mode; undefined in live mode until one is configured. */
  processorOf(livemode: boolean): Processor | undefined;
}

export interface Context extends Platform, Scope {
  /** Unix seconds of the mode's business clock, read once. */
  readonly now: number;
  readonly request: {
    readonly id: string | null;
    readonly idempotencyKey: string | null;
    readonly clientIp: string | null;
    readonly webhookFaults?: WebhookFaults | null;
  };
  /** What an earlier run of this request left when it crashed between its phases. */
  readonly recovered: string | null;
  /**
   * A commit that is not the last one of the request: it claims the idempotency key and notes `recovery`, from which
   * a later run with the same key resumes.
   */
  phase<T>(recovery: string, body: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * The last commit of the request. Its row is the answer, stored under the idempotency key in the same transaction.
   * A {@link Refusal} keeps the writes and answers with an error: that is a declined charge.
   */
  finish<Row>(body: (tx: Transaction) => Promise<Row | Refusal>): Promise<Row>;
}

/** An answer that is an error although the writes beside it are kept. */
export class Refusal {
  readonly error: ApiError;
  constructor(error: ApiError) {
    this.error = error;
  }
}
