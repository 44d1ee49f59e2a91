/**
 * A server with receivers around it, for tests of what is sent to whom. Whatever a receiver was sent is verified at the
 * end of each test, and no endpoint of one test hears of the next one's events.
 */
import { expect } from "vitest";
import type { RunningServer } from "../../../server/src/index.ts";
import { problemsOf } from "../../support/event-check.ts";
import { type Answer, type Form, send, type Wire } from "../../support/http.ts";
import { createStore, type Engine, startOn, type TestStore } from "../../support/server.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

export interface Endpoint extends Receiver {
  /** `we_…` */
  readonly id: string;
  readonly secret: string;
}

interface Wanted {
  /** All that are sent to `*` by default. */
  readonly events?: readonly string[];
  readonly settings?: Form;
  /** More parameters of the endpoint. */
  readonly form?: Form;
  /** Whether arrivals are to be verified at the end of the test. */
  readonly isVerified?: boolean;
}

export interface World {
  readonly store: TestStore;
  /** The one that runs now. */
  server(): RunningServer;
  call(path: string, form?: Form, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The answer's body. Fails unless it is a 200. */
  ask(path: string, form?: Form, headers?: Readonly<Record<string, string>>): Promise<Wire>;
  remove(path: string): Promise<Wire>;
  /** A receiver, and an endpoint of test mode that leads to it. */
  endpoint(wanted?: Wanted): Promise<Endpoint>;
  /** Waits until nothing is due or under way. */
  idle(): Promise<void>;
  /** Makes what waits for a retry due, and waits until it was tried. @returns how many there were. */
  advance(): Promise<number>;
  /** The deliveries to an endpoint, the newest first. */
  deliveries(endpoint: { readonly id: string }): Promise<readonly Wire[]>;
  /** The attempts at a delivery, the latest first. */
  attempts(delivery: { readonly id: string }): Promise<readonly Wire[]>;
  restart(flags?: readonly string[]): Promise<void>;
  /** Verifies what arrived, deletes the endpoints and ends their receivers. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const deliveriesPath = "/v1/istripe/webhook_deliveries";
const helpersPath = "/v1/test_helpers/webhook_deliveries";

export async function openWorld(engine: Engine, flags: readonly string[] = []): Promise<World> {
  const store = await createStore(engine);
  let server = await startOn(store, flags);
  let endpoints: (Endpoint & { readonly isVerified: boolean })[] = [];

  const call: World["call"] = (path, form, headers) =>
    send(server.url, {
      key: server.secretKey,
      path,
      ...(form === undefined ? {} : { form }),
      ...(headers === undefined ? {} : { headers }),
    });
  const ask: World["ask"] = async (path, form, headers) => {
    const answer = await call(path, form, headers);
    expect(answer.status, `${path}: ${answer.text}`).toBe(200);
    return answer.body;
  };
  const remove: World["remove"] = async (path) => {
    const answer = await send(server.url, { key: server.secretKey, method: "DELETE", path });
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };
  const idle = async (): Promise<void> => {
    const answer = await ask(`${helpersPath}/idle?timeout=15`);
    expect(answer, "something is due or under way for 15 s").toMatchObject({ idle: true });
  };
  const endpoint: World["endpoint"] = async (wanted = {}) => {
    const receiver = await startReceiver();
    const made = await ask("/v1/webhook_endpoints", {
      ...listed("enabled_events", wanted.events ?? ["*"]),
      ...wanted.form,
      url: receiver.url,
    });
    if (wanted.settings !== undefined) {
      await ask(`/v1/istripe/webhook_endpoints/${made.id}/settings`, wanted.settings);
    }
    const { isVerified = true } = wanted;
    const found = { ...receiver, id: made.id, isVerified, secret: String(made["secret"]) };
    endpoints.push(found);
    return found;
  };
  const clear = async (): Promise<void> => {
    const all = endpoints;
    endpoints = [];
    for (const { id } of all) {
      await send(server.url, {
        key: server.secretKey,
        method: "DELETE",
        path: `/v1/webhook_endpoints/${id}`,
      });
    }
    await Promise.all(all.map((one) => one.close()));
    const verified = all.filter(({ isVerified }) => isVerified);
    const problems = verified.flatMap(({ arrivals, secret }) =>
      arrivals.flatMap((arrival) => problemsOf(arrival, secret)),
    );
    expect(problems).toEqual([]);
  };
  return {
    advance: async () => {
      const { deliveries } = await ask(`${helpersPath}/advance`, {});
      await idle();
      return Number(deliveries);
    },
    ask,
    attempts: async ({ id }) => (await ask(`${deliveriesPath}/${id}/attempts`)).data,
    call,
    clear,
    close: async () => {
      try {
        await clear();
      } finally {
        await server.close();
        store.remove();
      }
    },
    deliveries: async ({ id }) => (await ask(`${deliveriesPath}?endpoint=${id}&limit=100`)).data,
    endpoint,
    idle,
    remove,
    restart: async (changed = []) => {
      await server.close();
      server = await startOn(store, [...flags, ...changed]);
    },
    server: () => server,
    store,
  };
}

/** A list as parameters. */
export const listed = (name: string, values: readonly string[]): Form =>
  Object.fromEntries(values.map((value, at) => [`${name}[${at}]`, value]));

const untilBoundMs = 10_000;

/** Asks again until there is an answer. @throws Error after a bound that a test takes for never. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const endsAt = performance.now() + untilBoundMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > endsAt) throw new Error(`It did not happen in time: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
