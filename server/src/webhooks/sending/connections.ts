/**
 * The connections that are kept for the next delivery: one undici client each, so that it is known which of them was
 * used before. They belong to an origin under one policy: what was opened to a private address is never lent to an
 * endpoint that may not reach one. Connections of an origin, those that idle and those that wait are all bounded.
 */
import { createRequire } from "node:module";
import type { buildConnector, Client } from "undici";
import type { Connect, Connecting, Destination } from "./connector.ts";
import type { Failure } from "./outcome.ts";

export interface ConnectionLimits {
  /** Open at once to one origin, for all the endpoints there together. */
  readonly connectionsPerOriginMax: number;
  /** Deliveries that may wait for one of these. */
  readonly waitingPerOriginMax: number;
  /** Kept open over all origins; the one that was not used for the longest time goes first. */
  readonly idleConnectionsMax: number;
  readonly idleTimeoutMs: number;
  /** Then the name is resolved and judged anew. */
  readonly connectionAgeMaxMs: number;
  readonly headersTimeoutMs: number;
  /** Between two pieces of the body. */
  readonly bodyTimeoutMs: number;
  readonly responseHeaderBytesMax: number;
}

/** A connection, idle or lent to one delivery. */
export interface Connection {
  readonly client: Client;
  /** Deliveries that the socket behind it has carried. */
  readonly deliveryCount: number;
  /** It did its work and may do more. */
  giveBack(): void;
  /** It must not be used again: its socket is closed, whatever it is doing. */
  discard(): void;
}

interface Borrowing {
  readonly destination: Destination;
  /** False when it must not be one that has idled, because such a one has just failed. */
  readonly mayHaveIdled: boolean;
  granted(connection: Connection): void;
  refused(failure: Failure): void;
}

export interface Connections {
  /** Calls `granted` or `refused` once. @returns null when it did; otherwise what ends the waiting without a call. */
  borrow(borrowing: Borrowing): (() => void) | null;
  /** Closes what is idle; what is lent is closed when it comes back. */
  close(): void;
}

export interface ConnectionParts {
  readonly connect: Connect;
  readonly limits: ConnectionLimits;
  readonly monotonicNow: () => number;
}

interface Pool extends ConnectionParts {
  readonly origins: Map<string, Origin>;
  /** In the order in which they came back. */
  readonly idle: Set<Held>;
  isClosed: boolean;
}

/** Exists as long as a connection to it does. */
interface Origin {
  readonly key: string;
  readonly idle: Held[];
  readonly waiting: Set<Borrowing>;
  openCount: number;
}

interface Held extends Connection {
  readonly origin: Origin;
  deliveryCount: number;
  connectedAt: number;
  connecting: Connecting | null;
  state: "lent" | "idle" | "discarded";
}

const nothing = (): void => undefined;

const load = createRequire(import.meta.url);
/** Loaded with the first connection: a tenth of a cold start and 5 MB that a server without endpoints never needs. */
const clientClass = (): typeof Client => (load("undici") as typeof import("undici")).Client;

export function createConnections(parts: ConnectionParts): Connections {
  const pool: Pool = { ...parts, idle: new Set(), isClosed: false, origins: new Map() };
  return {
    borrow: (borrowing) => borrow(pool, borrowing),
    close: () => {
      pool.isClosed = true;
      for (const held of [...pool.idle]) discard(pool, held);
    },
  };
}

function borrow(pool: Pool, borrowing: Borrowing): (() => void) | null {
  const { limits, origins } = pool;
  const key = borrowing.destination.poolKey;
  const known = origins.get(key);
  const idle = known !== undefined && borrowing.mayHaveIdled ? takeIdle(pool, known) : undefined;
  if (idle !== undefined) {
    borrowing.granted(idle);
    return null;
  }
  // Asked again, because an origin is gone when its last connection was too old to be taken.
  const origin = origins.get(key) ?? { idle: [], key, openCount: 0, waiting: new Set() };
  if (origin.openCount < limits.connectionsPerOriginMax) {
    origins.set(key, origin);
    borrowing.granted(open(pool, origin, borrowing.destination));
    return null;
  }
  if (origin.waiting.size >= limits.waitingPerOriginMax) {
    borrowing.refused(noneFree);
    return null;
  }
  origin.waiting.add(borrowing);
  return () => origin.waiting.delete(borrowing);
}

/** What a delivery is told that waited for a connection in vain, or could not even wait. */
export const noneFree: Failure = {
  message: "All connections to the endpoint's host were busy with other deliveries.",
  reason: "no_free_connection",
};

/** The one that was used last, because it is the least likely to have been closed. */
function takeIdle(pool: Pool, origin: Origin): Held | undefined {
  const oldestAllowed = pool.monotonicNow() - pool.limits.connectionAgeMaxMs;
  for (let held = origin.idle.at(-1); held !== undefined; held = origin.idle.at(-1)) {
    if (held.connectedAt >= oldestAllowed) {
      origin.idle.pop();
      pool.idle.delete(held);
      held.state = "lent";
      return held;
    }
    discard(pool, held);
  }
  return undefined;
}

function open(pool: Pool, origin: Origin, destination: Destination): Held {
  const { limits } = pool;
  const ClientClass = clientClass();
  const client = new ClientClass(destination.target.origin, {
    bodyTimeout: limits.bodyTimeoutMs,
    connect: (_options, connected) => connectHeld({ connected, destination, held, pool }),
    headersTimeout: limits.headersTimeoutMs,
    keepAliveMaxTimeout: limits.idleTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    maxHeaderSize: limits.responseHeaderBytesMax,
  });
  const held: Held = {
    client,
    connectedAt: 0,
    connecting: null,
    deliveryCount: 0,
    discard: () => discard(pool, held),
    giveBack: () => giveBack(pool, held),
    origin,
    state: "lent",
  };
  client.on("disconnect", () => {
    if (held.state === "idle") discard(pool, held);
  });
  origin.openCount += 1;
  return held;
}

interface HeldConnecting {
  readonly pool: Pool;
  readonly held: Held;
  readonly destination: Destination;
  readonly connected: buildConnector.Callback;
}

/** Also when the client connects again, because its socket was closed after it was lent. */
function connectHeld({ pool, held, destination, connected }: HeldConnecting): void {
  const connecting = pool.connect(destination);
  held.connecting = connecting;
  connecting.connected.then(
    (socket) => {
      held.connecting = null;
      held.connectedAt = pool.monotonicNow();
      held.deliveryCount = 0;
      connected(null, socket);
    },
    (error: Error) => {
      held.connecting = null;
      connected(error, null);
    },
  );
}

function giveBack(pool: Pool, held: Held): void {
  held.deliveryCount += 1;
  const next = takeWaiting(held.origin);
  if (next !== undefined) {
    next.granted(held);
    return;
  }
  held.state = "idle";
  held.origin.idle.push(held);
  pool.idle.add(held);
  if (pool.isClosed) {
    discard(pool, held);
    return;
  }
  if (pool.idle.size <= pool.limits.idleConnectionsMax) return;
  const [oldest] = pool.idle;
  if (oldest !== undefined) discard(pool, oldest);
}

function discard(pool: Pool, held: Held): void {
  if (held.state === "discarded") return;
  const { origin } = held;
  if (held.state === "idle") {
    pool.idle.delete(held);
    origin.idle.splice(origin.idle.indexOf(held), 1);
  }
  held.state = "discarded";
  held.connecting?.cancel();
  held.client.destroy(null, nothing);
  origin.openCount -= 1;
  const next = takeWaiting(origin);
  if (next !== undefined) next.granted(open(pool, origin, next.destination));
  else if (origin.openCount === 0) pool.origins.delete(origin.key);
}

function takeWaiting(origin: Origin): Borrowing | undefined {
  const [next] = origin.waiting;
  if (next !== undefined) origin.waiting.delete(next);
  return next;
}
