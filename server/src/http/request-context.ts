/**
 * The context of one API request. It is where an idempotency key, the change and the answer meet in one transaction:
 * a `phase` claims the key, `finish` stores the answer beside the change, and a key that is already held decides what
 * the caller hears instead.
 */
import type { Context, Platform, Scope } from "../context.ts";
import { Refusal } from "../context.ts";
import type { ApiError } from "../core/errors.ts";
import type { Transaction } from "../store/database.ts";
import { events } from "../webhooks/events/schema.ts";
import type { Answer } from "./answer.ts";
import { keyInUse, otherEndpoint, otherParameters } from "./idempotency/errors.ts";
import { type IdempotencyRow, idempotencyKeys } from "./idempotency/schema.ts";

/** How long a request may take between its phases before another may resume it. */
const leaseMs = 30_000;

/** What the answer is rendered from, and what is kept of it under the key. */
export interface Rendered {
  readonly answer: Answer;
  /** The row's values when they are enough to render the same answer again; else its text is kept. */
  readonly snapshot: readonly unknown[] | null;
}

export interface RequestFacts {
  readonly scope: Scope;
  /** Without an idempotency key nothing of the answer is stored. */
  readonly request: Context["request"] & { readonly id: string };
  readonly method: string;
  readonly path: string;
  readonly digest: string;
  /** Whether the answer holds a secret: then what is kept of it is sealed. */
  readonly isSecret: boolean;
  render(tx: Transaction, row: unknown): Promise<Rendered>;
  /** As this request's error, whichever request hears it again. */
  renderError(error: ApiError): Answer;
}

/** An earlier request with the same key decided the answer already. */
export class AlreadyAnswered extends Error {
  readonly record: IdempotencyRow;
  constructor(record: IdempotencyRow) {
    super("the idempotency key has an answer");
    this.name = "AlreadyAnswered";
    this.record = record;
  }
}

/** A crash left the request between its phases, and its lease is over: run it again from its recovery point. */
export class Resumable extends Error {
  readonly record: IdempotencyRow;
  constructor(record: IdempotencyRow) {
    super("the idempotency key can be resumed");
    this.name = "Resumable";
    this.record = record;
  }
}

export interface RequestContext extends Context {
  /** The stored answer of the last commit; undefined for reads. */
  readonly answered: Answer | undefined;
  /** Whether a record of this request holds the key already. */
  readonly isClaimed: boolean;
}

/** @param resumed the record that this run takes over, as {@link takeOver} left it. */
export function createRequestContext(
  platform: Platform,
  facts: RequestFacts,
  resumed?: IdempotencyRow,
): RequestContext {
  const { database } = platform;
  const finish = async <Row>(body: (tx: Transaction) => Promise<Row | Refusal>): Promise<Row> => {
    const { rendered, row } = await database.transact(async (tx) => {
      const row = await body(tx);
      const rendered =
        row instanceof Refusal
          ? { answer: facts.renderError(row.error), snapshot: null }
          : await facts.render(tx, row);
      await storeAnswer(tx, platform, { facts, isClaimed: context.isClaimed, rendered });
      return { rendered, row };
    });
    context.answered = rendered.answer;
    if (row instanceof Refusal) throw row.error;
    return row;
  };
  const phase = async <T>(recovery: string, body: (tx: Transaction) => Promise<T>): Promise<T> => {
    const result = await database.transact(async (tx) => {
      if (facts.request.idempotencyKey !== null) {
        tx.insert(idempotencyKeys, {
          ...recordOf(platform, facts),
          lease_expires_ms: platform.clock.system() + leaseMs,
          recovery,
        });
      }
      return body(tx);
    });
    context.isClaimed = facts.request.idempotencyKey !== null;
    return result;
  };
  // Written out field by field: one shape for all requests, which a spread of the platform would not be.
  const context: Mutable<RequestContext> = {
    accountId: facts.scope.accountId,
    answered: undefined,
    clock: platform.clock,
    database,
    finish,
    ids: platform.ids,
    instanceId: platform.instanceId,
    isClaimed: resumed !== undefined,
    livemode: facts.scope.livemode,
    now: platform.clock.business(facts.scope.livemode),
    outbox: platform.outbox,
    phase,
    processorOf: platform.processorOf,
    recovered: resumed?.recovery ?? null,
    request: facts.request,
    startedAt: platform.startedAt,
    tokenLifetimeSeconds: platform.tokenLifetimeSeconds,
    vault: platform.vault,
  };
  return context;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Keeps the answer of an error that was found while executing, so that a replay hears the same. */
export async function storeError(
  platform: Platform,
  facts: RequestFacts,
  about: { readonly error: ApiError; readonly isClaimed: boolean },
): Promise<void> {
  const rendered = { answer: facts.renderError(about.error), snapshot: null };
  await platform.database.transact((tx) =>
    storeAnswer(tx, platform, { facts, isClaimed: about.isClaimed, rendered }),
  );
}

async function storeAnswer(
  tx: Transaction,
  platform: Platform,
  about: { readonly facts: RequestFacts; readonly isClaimed: boolean; readonly rendered: Rendered },
): Promise<void> {
  const { facts, isClaimed, rendered } = about;
  if (facts.request.idempotencyKey === null) return;
  const { answer, snapshot } = rendered;
  // The event is in the same transaction and kept for longer than the key.
  const told = snapshot === null ? undefined : tx.emittedWith(snapshot);
  const stored = {
    body: snapshot === null ? keptBody(platform, facts, answer.body) : null,
    event: told?.id ?? null,
    lease_expires_ms: null,
    recovery: null,
    snapshot: told === undefined ? snapshot : null,
    status: answer.status,
  };
  if (!isClaimed) {
    tx.insert(idempotencyKeys, { ...recordOf(platform, facts), ...stored });
    return;
  }
  const held = await tx.get(idempotencyKeys, keyOf(facts));
  if (held === undefined) throw new Error("a claimed idempotency key has no record");
  tx.update(idempotencyKeys, held, stored);
}

/** The values that are kept of an answer; null where its text is. */
export async function keptValues(
  { database }: Platform,
  record: IdempotencyRow,
): Promise<readonly unknown[] | null> {
  if (record.event === null) return record.snapshot;
  const { account_id, event: id } = record;
  const event = await database.committed.get(events, { account_id, id });
  if (event === undefined) throw new Error("an idempotency record outlived its event");
  return event.snapshot;
}

/** The text that is kept of an answer; of one that holds a secret, sealed for this key. */
const keptBody = ({ vault }: Platform, facts: RequestFacts, body: string): string =>
  facts.isSecret
    ? Buffer.from(vault.secrets.seal(body, keptBinding(facts))).toString("base64")
    : body;

/** The text of before. @throws SealBroken for one that was kept of another request. */
export const openKeptBody = ({ vault }: Platform, facts: RequestFacts, kept: string): string =>
  facts.isSecret ? vault.secrets.open(Buffer.from(kept, "base64"), keptBinding(facts)) : kept;

const keptBinding = ({ request, scope }: RequestFacts) => ({
  accountId: scope.accountId,
  livemode: scope.livemode,
  reference: `idempotency key ${request.idempotencyKey}`,
});

/** Lets the next request with the key go on at once: this one ended without an answer. */
export async function releaseLease(platform: Platform, facts: RequestFacts): Promise<void> {
  await platform.database.transact(async (tx) => {
    const held = await tx.get(idempotencyKeys, keyOf(facts));
    if (held?.status === null) tx.update(idempotencyKeys, held, { lease_expires_ms: 0 });
  });
}

function recordOf(platform: Platform, facts: RequestFacts): IdempotencyRow {
  return {
    ...keyOf(facts),
    body: null,
    created_ms: platform.clock.system(),
    digest: facts.digest,
    event: null,
    lease_expires_ms: null,
    lease_owner: platform.instanceId,
    method: facts.method,
    path: facts.path,
    recovery: null,
    request_id: facts.request.id,
    snapshot: null,
    status: null,
    version: 1,
  };
}

function keyOf(facts: RequestFacts): { account_id: string; livemode: boolean; key: string } {
  if (facts.request.idempotencyKey === null) throw new Error("the request has no idempotency key");
  return {
    account_id: facts.scope.accountId,
    key: facts.request.idempotencyKey,
    livemode: facts.scope.livemode,
  };
}

/**
 * What the caller of a key hears that another request holds: the stored answer, a refusal, or the right to resume.
 * Undefined when the key is free.
 */
export async function judgeKey(
  platform: Platform,
  facts: RequestFacts,
): Promise<Error | undefined> {
  const key = facts.request.idempotencyKey ?? "";
  const record = await platform.database.committed.get(idempotencyKeys, keyOf(facts));
  if (record === undefined) return undefined;
  if (record.path !== facts.path || record.method !== facts.method) {
    return otherEndpoint(key, record.path, facts.path);
  }
  if (record.digest !== facts.digest) return otherParameters(key);
  if (record.status !== null) return new AlreadyAnswered(record);
  // One process serves a database, so a lease of another instance is one that died with its process.
  const isOver =
    record.lease_owner !== platform.instanceId ||
    (record.lease_expires_ms ?? 0) <= platform.clock.system();
  return isOver ? new Resumable(record) : keyInUse(key);
}

/** Takes over a record whose lease is over. Of several that try, one wins. @throws ApiError 409 for the others. */
export async function takeOver(
  platform: Platform,
  facts: RequestFacts,
  record: IdempotencyRow,
): Promise<IdempotencyRow> {
  return platform.database.transact(async (tx) => {
    const held = await tx.get(idempotencyKeys, keyOf(facts));
    if (held === undefined || held.version !== record.version) throw keyInUse(record.key);
    return tx.update(idempotencyKeys, held, {
      lease_expires_ms: platform.clock.system() + leaseMs,
      lease_owner: platform.instanceId,
    });
  });
}
