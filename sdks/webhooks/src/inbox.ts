/**
 * The durable inbox: one table in the application's own database, in which an event is kept before its sender is told
 * 200 and from which it is handled. The interface is what a database has to promise; `postgresInbox` and `sqliteInbox`
 * keep it, and the same tests hold for both.
 */

/** An event that has just been verified. */
export interface Arrival {
  readonly eventId: string;
  readonly eventType: string;
  /** Events with the same key are handed out one at a time, by `created`, then by arrival. */
  readonly objectKey: string;
  /** Unix seconds. */
  readonly created: number;
  readonly body: string;
  /** How long it waits before it may be handed out, so that what was created earlier can overtake it. */
  readonly settleMs: number;
}

/**
 * The right to handle one event. The fence rises with every lease of that event, so whoever holds an older one, because
 * it stalled and its lease ran out, can change nothing any more.
 */
export interface Lease {
  readonly eventId: string;
  readonly fence: number;
}

export interface LeasedEvent extends Lease {
  readonly eventType: string;
  readonly body: string;
  /** 1 for the first. An attempt that a crash cut short counts. */
  readonly attempt: number;
}

export interface Failure {
  readonly error: string;
  /** `null` for never: the event becomes a dead letter. */
  readonly retryInMs: number | null;
}

/** An event that failed for good: nothing happens to it until somebody decides. */
export interface DeadLetter {
  readonly eventId: string;
  readonly eventType: string;
  readonly objectKey: string;
  readonly body: string;
  readonly attempts: number;
  readonly error: string;
  readonly receivedAt: Date;
  readonly diedAt: Date;
}

/** `Transaction` is what a handler is given to write within the inbox's transaction. */
export interface Inbox<Transaction> {
  /** Whether a handler inside a transaction may await: a SQLite connection has but one transaction at a time. */
  readonly transactions: "asynchronous" | "synchronous";
  /** Makes the table if it is not there. Safe in several processes at once. */
  prepare(): Promise<void>;
  /** Resolves once the event is committed. @returns `false` if it was there already; then nothing has changed. */
  add(arrival: Arrival): Promise<boolean>;
  /** Leases events that are due, at most one per object key, whatever other processes do at the same time. */
  claim(limit: number, leaseMs: number): Promise<LeasedEvent[]>;
  /** @returns the ids of those that are still held, now for `leaseMs` longer. */
  renew(leases: readonly Lease[], leaseMs: number): Promise<Set<string>>;
  /** @returns `false`, having changed nothing, if the lease was lost. So do the next two. */
  finish(lease: Lease): Promise<boolean>;
  /** Commits what `work` wrote together with the event's being done, or neither. @throws what `work` throws. */
  finishWith(
    lease: Lease,
    work: (transaction: Transaction) => Promise<void> | void,
  ): Promise<boolean>;
  fail(lease: Lease, failure: Failure): Promise<boolean>;
  /** Gives back what was not handled to the end, as if it had never been leased. */
  release(leases: readonly Lease[]): Promise<void>;
  /** The oldest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;
  /** Hands a dead letter out again, with all its attempts. @returns whether there was one. */
  retry(eventId: string): Promise<boolean>;
  /** Gives a dead letter up for good; it still counts as received. @returns whether there was one. */
  discard(eventId: string): Promise<boolean>;
  /** Deletes some of what was done or discarded that long ago. @returns how many. */
  prune(olderThanMs: number): Promise<number>;
}

export interface InboxOptions {
  /** The table's name, `name` or `schema.name`. `istripe_webhook_inbox` by default. */
  readonly table?: string;
}

const tablePattern = /^(?:[a-z_][a-z\d_]{0,62}\.)?([a-z_][a-z\d_]{0,47})$/;

/** The table's name for use in SQL, and the bare name that its indexes are named after. @throws Error if it is odd. */
export function tableNames(options: InboxOptions): {
  readonly table: string;
  readonly bare: string;
} {
  const table = options.table ?? "istripe_webhook_inbox";
  const bare = tablePattern.exec(table)?.[1];
  if (bare === undefined)
    throw new Error(
      "A table's name is `name` or `schema.name` in lower-case letters, digits and underscores.",
    );
  return { bare, table };
}

/** How many rows one call of `prune` deletes at most. */
export const prunedRowsMax = 1_000;
export const errorLengthMax = 2_000;
