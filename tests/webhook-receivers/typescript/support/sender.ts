/**
 * A sender as bad as a network makes one: duplicates, any order, many at a time, and again after anything but a 2xx,
 * signed anew each time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { signed } from "./events.ts";

const retryPauseMs = 20;
const answerTimeoutMs = 5_000;

export interface Sending {
  readonly url: string;
  readonly concurrency: number;
  /** How many times each event is delivered, at least. */
  readonly copies: number;
  readonly giveUpAfterMs: number;
}

/** Delivers every event until each copy was answered with 2xx. @throws Error when that takes too long. */
export async function sendAll(events: readonly object[], sending: Sending): Promise<void> {
  const deadline = AbortSignal.timeout(sending.giveUpAfterMs);
  const queue = shuffled(Array.from({ length: sending.copies }, () => events).flat());
  const send = async (): Promise<void> => {
    for (let event = queue.pop(); event !== undefined; event = queue.pop()) {
      while (!(await isAccepted(event, sending.url))) {
        deadline.throwIfAborted();
        await sleep(retryPauseMs);
      }
    }
  };
  await Promise.all(Array.from({ length: sending.concurrency }, send));
}

async function isAccepted(event: object, url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(answerTimeoutMs);
    const answer = await fetch(url, { ...signed(event), method: "POST", signal });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    // A receiver that is down, or that died while it answered.
    return false;
  }
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
