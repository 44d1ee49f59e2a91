/**
 * Which handlers an event goes to, and in what order: those outside the inbox's transaction first, as they were
 * registered, then those inside it, whose writes commit together with the event's being done.
 */
import type { WebhookEvent } from "./event.ts";
import type { Inbox, LeasedEvent } from "./inbox.ts";

/** What a handler is given beside the event. */
export interface HandlerContext {
  /** 1 for the first. */
  readonly attempt: number;
  /** The same in every attempt: hand it on to whatever else the handler calls, so that it acts once. */
  readonly idempotencyKey: string;
  /** Aborted when the attempt is given up: it took too long, its lease was lost, or the process is closing. */
  readonly signal: AbortSignal;
  /** The object as it is now, by the receiver's option `current`; asked for once an attempt. */
  current<T = Readonly<Record<string, unknown>>>(): Promise<T>;
}

export interface TransactionContext<Transaction> extends HandlerContext {
  /** The inbox's own transaction: a `pg` client or a SQLite connection. Never commit or roll it back yourself. */
  readonly transaction: Transaction;
}

type Returned = Promise<unknown> | unknown;
export type Handler<Event> = (event: Event, context: HandlerContext) => Returned;
export type TransactionHandler<Event, Transaction> = (
  event: Event,
  context: TransactionContext<Transaction>,
) => Returned;

interface Registered<Handle> {
  /** A type, a family such as `charge.*`, or `*`. */
  readonly pattern: string;
  readonly handle: Handle;
}

export interface Handlers<Transaction> {
  readonly plain: Registered<Handler<WebhookEvent>>[];
  readonly transactional: Registered<TransactionHandler<WebhookEvent, Transaction>>[];
}

const patternShape = /^(?:\*|[a-z\d_]+(?:\.[a-z\d_]+)*(?:\.\*)?)$/;

/** @throws Error for a pattern that can match no event. */
export function checkPattern(pattern: string): void {
  if (!patternShape.test(pattern))
    throw new Error(
      `"${pattern}" is no pattern of events: use a type (charge.succeeded), a family (charge.*) or *.`,
    );
}

function isMatch(pattern: string, type: string): boolean {
  if (pattern === "*" || pattern === type) return true;
  return pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1));
}

export interface Handling<Transaction> {
  readonly handlers: Handlers<Transaction>;
  readonly inbox: Inbox<Transaction>;
  readonly current: ((event: WebhookEvent) => Promise<unknown>) | undefined;
}

/** Handles one event to the end. @returns whether it was still ours to finish. @throws what a handler throws. */
export async function handleLeased<Transaction>(
  { handlers, inbox, current }: Handling<Transaction>,
  leased: LeasedEvent,
  signal: AbortSignal,
): Promise<boolean> {
  const event: WebhookEvent = JSON.parse(leased.body);
  const context = contextOf({ attempt: leased.attempt, current, event, signal });
  for (const { pattern, handle } of handlers.plain) {
    if (!isMatch(pattern, event.type)) continue;
    signal.throwIfAborted();
    await untilAborted(handle(event, context), signal);
  }
  const inside = handlers.transactional.filter(({ pattern }) => isMatch(pattern, event.type));
  if (inside.length === 0) return inbox.finish(leased);
  return inbox.finishWith(leased, (transaction) =>
    inTurn(
      inside.map(
        ({ handle }) =>
          () =>
            handle(event, { ...context, transaction }),
      ),
      signal,
    ),
  );
}

/** Calls one after the other, and stays synchronous as long as they are: SQLite's transaction needs that. */
function inTurn(calls: readonly (() => Returned)[], signal: AbortSignal): Promise<void> | void {
  for (const [index, call] of calls.entries()) {
    signal.throwIfAborted();
    const returned = call();
    if (isPromiseLike(returned))
      return untilAborted(returned, signal).then(() => inTurn(calls.slice(index + 1), signal));
  }
}

interface Attempt {
  readonly attempt: number;
  readonly event: WebhookEvent;
  readonly current: ((event: WebhookEvent) => Promise<unknown>) | undefined;
  readonly signal: AbortSignal;
}

function contextOf({ attempt, current, event, signal }: Attempt): HandlerContext {
  let asked: Promise<unknown> | undefined;
  return {
    attempt,
    current: <T>() => {
      if (current === undefined)
        throw new Error("createReceiver was given no `current` to fetch the object with.");
      asked ??= current(event);
      return asked as Promise<T>;
    },
    idempotencyKey: event.id,
    signal,
  };
}

/** A handler cannot be stopped from outside; once the signal is aborted, what it still does is no longer waited for. */
async function untilAborted(returned: Returned, signal: AbortSignal): Promise<void> {
  if (!isPromiseLike(returned)) return;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([returned, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Query builders are no promises, but begin to run once they are awaited. */
function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
