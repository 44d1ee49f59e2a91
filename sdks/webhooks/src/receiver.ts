/**
 * The receiver: verifies what arrives, keeps it in the inbox, answers, and has it handled in the background. An event is
 * answered with 200 only once it is committed, and is never handled before.
 */
import { retryDelayMs } from "./backoff.ts";
import { objectKeyOf, type WebhookEvent } from "./event.ts";
import {
  checkPattern,
  type Handler,
  type Handlers,
  handleLeased,
  type TransactionHandler,
} from "./handlers.ts";
import type { DeadLetter, Inbox } from "./inbox.ts";
import { errorMessage, type OnProblem, warnOfProblems } from "./problem.ts";
import { startPruning } from "./pruning.ts";
import { SignatureError } from "./signature-error.ts";
import { constructEvent, type RequestHeaders, readSecrets } from "./verify.ts";
import { Worker } from "./worker.ts";

export interface ReceiverOptions<Transaction> {
  /** The endpoint's `whsec_…`; while it is rolled, the old one and the new one. */
  readonly secret: string | readonly string[] | undefined;
  readonly inbox: Inbox<Transaction>;
  /** Fetches the object of an event as it is now, for `context.current()`. */
  readonly current?: (event: WebhookEvent) => Promise<unknown>;
  /** Told of everything that goes wrong. By default each becomes a warning of the process. */
  readonly onProblem?: OnProblem;
  /** What an event is about; events with the same answer keep their order. By default its object's id. */
  readonly orderBy?: (event: WebhookEvent) => string;
  /** How many attempts an event has before it is a dead letter. 20 by default: about nine hours. */
  readonly attemptsMax?: number;
  /** Milliseconds until the next attempt, after this one (from 1) failed. */
  readonly retryDelayMs?: (attempt: number) => number;
  /** How many events this process handles at a time. 5 by default. */
  readonly concurrency?: number;
  /** How long one event's handlers may take. A minute by default. */
  readonly timeoutMs?: number;
  /** How long after a crash its events are taken by another process. 30 seconds by default. */
  readonly leaseMs?: number;
  /** How often the inbox is looked at for what another process received and for retries. 500 ms by default. */
  readonly pollMs?: number;
  /** How long a new event waits for earlier ones that may overtake it. None by default. */
  readonly settleMs?: number;
  /** How long handled events are remembered, in days. 35 by default: events can be sent again for 30. */
  readonly keepDays?: number;
  /** How old a signature may be, in seconds. 300 by default. */
  readonly toleranceSeconds?: number;
  /** 1 MiB by default. */
  readonly bodyBytesMax?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: { readonly "Content-Type": "application/json"; readonly Connection?: "close" };
  readonly body: string;
}

/** What an adapter for a framework needs of a receiver. */
export interface Receives {
  readonly bodyBytesMax: number;
  receive(body: unknown, headers: RequestHeaders): Promise<Answer>;
}

/** How long the inbox may take to keep an event before its sender is told to come back. */
const keepTimeoutMs = 10_000;
const deadLettersMax = 1_000;

export class Receiver<Transaction> implements Receives {
  readonly bodyBytesMax: number;
  readonly #options: ReceiverOptions<Transaction>;
  readonly #secrets: readonly string[];
  readonly #onProblem: OnProblem;
  readonly #handlers: Handlers<Transaction> = { plain: [], transactional: [] };
  readonly #worker: Worker;
  #preparing: Promise<void> | undefined;
  #hasBegun = false;
  #stopPruning: () => void = () => undefined;

  constructor(options: ReceiverOptions<Transaction>) {
    this.#options = options;
    this.#secrets = readSecrets(options.secret);
    this.#onProblem = options.onProblem ?? warnOfProblems();
    this.bodyBytesMax = options.bodyBytesMax ?? 1_048_576;
    const { current, inbox } = options;
    const handling = { current, handlers: this.#handlers, inbox };
    this.#worker = new Worker({
      attemptsMax: atLeast(1, "attemptsMax", options.attemptsMax ?? 20),
      concurrency: atLeast(1, "concurrency", options.concurrency ?? 5),
      handle: (leased, signal) => handleLeased(handling, leased, signal),
      inbox,
      leaseMs: atLeast(100, "leaseMs", options.leaseMs ?? 30_000),
      onProblem: this.#onProblem,
      pollMs: atLeast(10, "pollMs", options.pollMs ?? 500),
      retryDelayMs: options.retryDelayMs ?? retryDelayMs,
      timeoutMs: atLeast(1, "timeoutMs", options.timeoutMs ?? 60_000),
    });
  }

  /**
   * Registers a handler. It runs at least once for each event: again if it, a later handler or the process fails before
   * the end. Hand `context.idempotencyKey` on to what must happen once.
   * @param pattern a type (`charge.succeeded`), a family (`charge.*`) or `*`.
   */
  on<Event extends { readonly type: string } = WebhookEvent>(
    pattern: string,
    handler: Handler<Event>,
  ): this {
    this.#refuseLateHandler(pattern);
    this.#handlers.plain.push({ handle: handler as unknown as Handler<WebhookEvent>, pattern });
    return this;
  }

  /**
   * Registers a handler whose writes through `context.transaction` commit together with the event's being done: exactly
   * once. With SQLite it must not be asynchronous.
   */
  inTransaction<Event extends { readonly type: string } = WebhookEvent>(
    pattern: string,
    handler: TransactionHandler<Event, Transaction>,
  ): this {
    this.#refuseLateHandler(pattern);
    const isSynchronous = this.#options.inbox.transactions === "synchronous";
    if (isSynchronous && handler.constructor.name === "AsyncFunction")
      throw new Error(
        "A handler inside SQLite's transaction cannot be an async function: await in a handler given to on(), write here.",
      );
    this.#handlers.transactional.push({
      handle: handler as unknown as TransactionHandler<WebhookEvent, Transaction>,
      pattern,
    });
    return this;
  }

  /**
   * Takes one delivery: verifies it, keeps it, and answers once it is committed. Never throws.
   * @param body its exact bytes, or a function that reads them.
   */
  async receive(body: unknown, headers: RequestHeaders): Promise<Answer> {
    try {
      const raw: unknown = typeof body === "function" ? await body() : body;
      const { toleranceSeconds } = this.#options;
      const event = constructEvent(raw, headers, {
        secret: this.#secrets,
        ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }),
      });
      const isNew = await soon(this.#keep(event, text(raw)));
      this.#worker.wake();
      return answer(200, isNew ? { received: true } : { duplicate: true, received: true });
    } catch (error) {
      return this.#refusal(error);
    }
  }

  /** Begins to handle events in this process. Register every handler before: an event without one is done. */
  async start(): Promise<void> {
    await this.#prepare();
    this.#hasBegun = true;
    this.#worker.start();
    this.#stopPruning();
    this.#stopPruning = startPruning({
      inbox: this.#options.inbox,
      keepDays: this.#options.keepDays ?? 35,
      onProblem: this.#onProblem,
    });
  }

  /** Handles what is due now and returns, for hosts without a background: call it after a request and from a timer. */
  async drain(): Promise<void> {
    await this.#prepare();
    this.#hasBegun = true;
    await this.#worker.drain();
  }

  /** Takes nothing more, lets handlers finish for `graceMs` (10 s), then gives the rest back. The pool stays open. */
  async close({ graceMs = 10_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stopPruning();
    await this.#worker.close(graceMs);
  }

  /** @returns the events that failed for good, the oldest first. */
  async deadLetters({ limit = 100 }: { readonly limit?: number } = {}): Promise<DeadLetter[]> {
    await this.#prepare();
    return this.#options.inbox.deadLetters(Math.min(limit, deadLettersMax));
  }

  /** Gives a dead letter all its attempts again. @returns whether there was one of this event. */
  async retry(eventId: string): Promise<boolean> {
    await this.#prepare();
    const isThere = await this.#options.inbox.retry(eventId);
    this.#worker.wake();
    return isThere;
  }

  /** Gives a dead letter up for good. @returns whether there was one of this event. */
  async discard(eventId: string): Promise<boolean> {
    await this.#prepare();
    return this.#options.inbox.discard(eventId);
  }

  async #keep(event: WebhookEvent, body: string): Promise<boolean> {
    await this.#prepare();
    const { inbox, orderBy = objectKeyOf, settleMs = 0 } = this.#options;
    return inbox.add({
      body,
      created: event.created,
      eventId: event.id,
      eventType: event.type,
      objectKey: orderBy(event),
      settleMs,
    });
  }

  /** Once; but a database that was away at first is asked again. */
  #prepare(): Promise<void> {
    this.#preparing ??= this.#options.inbox.prepare().catch((error: unknown) => {
      this.#preparing = undefined;
      throw error;
    });
    return this.#preparing;
  }

  #refusal(error: unknown): Answer {
    if (error instanceof SignatureError) {
      const { code, message } = error;
      this.#onProblem({ error, kind: "refused", message: `A webhook was refused: ${message}` });
      return answer(statusOf(error), { error: { code, message } });
    }
    const message = `A webhook could not be kept: ${errorMessage(error)}`;
    this.#onProblem({ error, kind: "inbox", message });
    const said = "The event could not be kept. Send it again.";
    return answer(503, { error: { code: "inbox_unavailable", message: said } });
  }

  #refuseLateHandler(pattern: string): void {
    checkPattern(pattern);
    if (this.#hasBegun)
      throw new Error(
        `The handler for ${pattern} comes after start(), when events of that type may be done already. Register it before.`,
      );
  }
}

/** @throws Error if the secret is missing or an option is out of bounds. */
export function createReceiver<Transaction>(
  options: ReceiverOptions<Transaction>,
): Receiver<Transaction> {
  return new Receiver(options);
}

/** A body that was parsed already is this side's mistake; the sender did nothing wrong. */
function statusOf({ code }: SignatureError): number {
  if (code === "body_already_parsed") return 500;
  return code === "body_too_large" ? 413 : 400;
}

function answer(status: number, body: unknown): Answer {
  const type = { "Content-Type": "application/json" } as const;
  // The rest of a body that is too large is still on its way; only closing ends that.
  const headers = status === 413 ? { ...type, Connection: "close" as const } : type;
  return { body: JSON.stringify(body), headers, status };
}

function text(raw: unknown): string {
  return typeof raw === "string" ? raw : new TextDecoder().decode(raw as Uint8Array);
}

async function soon<T>(keeping: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`The inbox took longer than ${keepTimeoutMs} ms.`)),
    keepTimeoutMs,
  );
  try {
    return await Promise.race([keeping, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function atLeast(least: number, name: string, value: number): number {
  if (!(value >= least)) throw new Error(`${name} is at least ${least}.`);
  return value;
}
