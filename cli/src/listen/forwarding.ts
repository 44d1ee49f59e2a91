/**
 * The loop of `istripe listen`: leases no more than it can forward at once, reports what became of each, and begins
 * anew whatever breaks. A delivery that is under way or not reported yet is never forwarded a second time.
 */
import type { Given } from "../line/command.ts";
import { CommandFailure, exitCodes } from "../line/failure.ts";
import { createPersistence, type Persist, rest } from "../line/persistence.ts";
import { writeNote } from "../line/terminal.ts";
import {
  type Delivery,
  type Listener,
  type ListenerTerms,
  leaseDeliveries,
  registerListener,
  reportForwarded,
} from "./delivery.ts";
import { type Forwarded, forward, type Target } from "./forward.ts";

/** Forwards at a time. */
const concurrencyMax = 8;
/** How long the last reports may take after the end was asked for. */
const reportMsMax = 10_000;
/** A server that does not wait for an event is not asked again at once. */
const emptyPollMs = 500;

export interface Forwarding {
  readonly given: Given;
  readonly terms: ListenerTerms;
  readonly target: Target;
  readonly stop: AbortSignal;
  /** Hears of the listener at the start, and whenever it had to be made anew. */
  onListener(listener: Listener): void;
  onForwarded(delivery: Delivery, forwarded: Forwarded): void;
}

/** Ends when it is stopped and what was under way is reported. @throws CommandFailure for what does not pass. */
export async function forwardDeliveries(forwarding: Forwarding): Promise<void> {
  const { stop } = forwarding;
  const persist = createPersistence();
  const source = await openSource(forwarding);
  const underWay = new Map<string, Promise<void>>();
  while (!stop.aborted) {
    if (underWay.size >= concurrencyMax) {
      await Promise.race(underWay.values());
      continue;
    }
    const begin = performance.now();
    const limit = concurrencyMax - underWay.size;
    const found = (await persist(() => source.lease(limit), stop)) ?? [];
    if (found.length === 0 && performance.now() - begin < emptyPollMs)
      await rest(emptyPollMs, stop);
    for (const delivery of found.filter(({ id }) => !underWay.has(id))) {
      const { listener } = source;
      const done = deliver({ delivery, forwarding, listener, persist }).finally(() =>
        underWay.delete(delivery.id),
      );
      underWay.set(delivery.id, done);
    }
  }
  await Promise.all(underWay.values());
}

interface Source {
  /** The one that the last deliveries came from. */
  readonly listener: Listener;
  /** @returns at most `limit` deliveries; none when none came in time. @throws CommandFailure */
  lease(limit: number): Promise<readonly Delivery[]>;
}

/** @throws CommandFailure also when the server is not there: at the start that is a mistake in the command. */
async function openSource({ given, onListener, stop, terms }: Forwarding): Promise<Source> {
  let listener = await registerListener(given, terms);
  onListener(listener);
  let isWhole = true;
  return {
    lease: async (limit) => {
      if (!isWhole) {
        listener = await registerListener(given, terms);
        onListener(listener);
        isWhole = true;
      }
      try {
        return await leaseDeliveries(given, { limit, listener: listener.id, signal: stop });
      } catch (error) {
        // It may have expired, or an answer with deliveries may be lost: registering takes these back at once.
        isWhole = false;
        if (error instanceof CommandFailure && error.exitCode === exitCodes.notFound) return [];
        throw error;
      }
    },
    get listener() {
      return listener;
    },
  };
}

interface Step {
  readonly delivery: Delivery;
  readonly forwarding: Forwarding;
  readonly listener: Listener;
  readonly persist: Persist;
}

/** Never throws: what cannot be reported comes again, and the next one is not kept from coming. */
async function deliver({ delivery, forwarding, listener, persist }: Step): Promise<void> {
  const forwarded = await forward(delivery, forwarding.target);
  forwarding.onForwarded(delivery, forwarded);
  const giveUp = new AbortController();
  const endSoon = () => setTimeout(() => giveUp.abort(), reportMsMax).unref();
  if (forwarding.stop.aborted) endSoon();
  else forwarding.stop.addEventListener("abort", endSoon, { once: true });
  const { signal } = giveUp;
  const done = { delivery: delivery.id, forwarded, listener: listener.id, signal };
  try {
    await persist(() => reportForwarded(forwarding.given, done), signal);
  } catch (error) {
    writeNote(`The result of ${delivery.event} was not taken: ${(error as Error).message}`);
  } finally {
    forwarding.stop.removeEventListener("abort", endSoon);
  }
}
