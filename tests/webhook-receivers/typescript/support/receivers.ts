/**
 * Receivers over one database, as several processes of one application have them, and what has become of the events.
 */
import { vi } from "vitest";
import type { Problem } from "../../../../sdks/webhooks/src/problem.ts";
import {
  createReceiver,
  type Receiver,
  type ReceiverOptions,
} from "../../../../sdks/webhooks/src/receiver.ts";
import { secret, signed } from "./events.ts";
import { type Engine, openDatabase, type TestDatabase } from "./inboxes.ts";

export interface ReceiverWorld {
  readonly database: TestDatabase;
  /** What the receivers have complained of. */
  readonly problems: Problem[];
  /** A receiver on connections of its own, which tries again at once. */
  open(options?: Partial<ReceiverOptions<unknown>>): Receiver<unknown>;
  /** Delivers an event, signed. @returns the status that is answered. */
  send(receiver: Receiver<unknown>, event: object): Promise<number>;
  /** The status of every event in the inbox. */
  statuses(): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

export async function openReceivers(engine: Engine): Promise<ReceiverWorld> {
  const database = await openDatabase(engine);
  const problems: Problem[] = [];
  const receivers: Receiver<unknown>[] = [];
  return {
    close: async () => {
      await Promise.all(receivers.map((receiver) => receiver.close({ graceMs: 100 })));
      await database.close();
    },
    database,
    open: (options = {}) => {
      const receiver = createReceiver({
        inbox: database.open(),
        onProblem: (problem) => problems.push(problem),
        pollMs: 20,
        retryDelayMs: () => 1,
        secret,
        ...options,
      });
      receivers.push(receiver);
      return receiver;
    },
    problems,
    send: async (receiver, event) => {
      const { body, headers } = signed(event);
      return (await receiver.receive(body, headers)).status;
    },
    statuses: async () =>
      Object.fromEntries(
        (await database.query("select event_id, status from istripe_webhook_inbox")).map((row) => [
          row["event_id"],
          row["status"],
        ]),
      ),
  };
}

/** Asks again until the check passes, for ten seconds. */
export const until = (check: () => unknown): Promise<void> =>
  vi.waitFor(async () => void (await check()), { interval: 10, timeout: 10_000 });
