/**
 * Sends one delivery and says what became of it. Whatever the endpoint does, `send` ends within the total limit of
 * time, reads a bounded answer, follows no redirect and answers with a value. The only thing that is sent twice is a
 * delivery whose kept connection turned out to be closed: it goes out once more on a fresh one, at once.
 */
import { isRefusal, judgeUrl, type Refusal, type SendingPolicy } from "./address-guard.ts";
import { type ConnectionLimits, createConnections } from "./connections.ts";
import { createConnector, type Destination, destinationOf } from "./connector.ts";
import { type DeliveryLimits, deliver, type SendRequest } from "./delivery.ts";
import type { Outcome } from "./outcome.ts";
import { createResolver, type Resolve } from "./resolver.ts";

interface SenderLimits extends ConnectionLimits, DeliveryLimits {
  /** For the name, the connection and TLS together. */
  readonly connectTimeoutMs: number;
}

const defaultSenderLimits: SenderLimits = {
  bodyTimeoutMs: 5_000,
  connectionAgeMaxMs: 300_000,
  connectionsPerOriginMax: 128,
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 15_000,
  idleConnectionsMax: 2_000,
  idleTimeoutMs: 10_000,
  responseBytesMax: 64 * 1024,
  responseHeaderBytesMax: 16 * 1024,
  totalTimeoutMs: 20_000,
  waitingPerOriginMax: 1_000,
  waitingTimeoutMs: 5_000,
};

export interface SenderOptions {
  /** A PEM file of certificate authorities that are trusted besides Node's own. */
  readonly caFile?: string | undefined;
  readonly limits?: Partial<SenderLimits>;
  /** Milliseconds from an arbitrary start. */
  readonly monotonicNow: () => number;
  /** The system's name resolution when absent. */
  readonly resolve?: Resolve;
}

export interface Sender {
  /** Never rejects for what the other side does. @throws when a header of ours is none. */
  send(request: SendRequest): Promise<Outcome>;
  /** Ends everything under way as a failure `canceled`. */
  cancel(): void;
  /** Closes the connections that idle, and each of the others when its delivery has ended. */
  close(): void;
}

/** URLs that were taken apart already are remembered, because most deliveries go where others went. */
const rememberedUrlsMax = 5_000;

/** @throws when `caFile` cannot be read or holds no certificate. */
export function createSender(options: SenderOptions): Sender {
  const limits = { ...defaultSenderLimits, ...options.limits };
  const { monotonicNow } = options;
  const connect = createConnector({
    caFile: options.caFile,
    connectTimeoutMs: limits.connectTimeoutMs,
    resolve: options.resolve ?? createResolver(),
  });
  const connections = createConnections({ connect, limits, monotonicNow });
  const parts = { connections, limits, monotonicNow, underWay: new Set<() => void>() };
  const destinationFor = rememberDestinations();
  return {
    cancel: () => {
      for (const callOff of [...parts.underWay]) callOff();
    },
    close: () => connections.close(),
    send(request) {
      const destination = destinationFor(request.url, request.policy);
      if (!isRefusal(destination)) return deliver(parts, request, destination);
      return Promise.resolve({
        ...destination,
        durationMs: 0,
        kind: "failed",
        mayHaveArrived: false,
        response: null,
        stage: "before",
      });
    },
  };
}

function rememberDestinations(): (url: string, policy: SendingPolicy) => Destination | Refusal {
  const known = [0, 1, 2, 3].map(() => new Map<string, Destination | Refusal>());
  return (url, policy) => {
    const ofPolicy = known[(policy.allowPrivate ? 2 : 0) + (policy.requireTls ? 1 : 0)];
    const remembered = ofPolicy?.get(url);
    if (remembered !== undefined) return remembered;
    const judged = judgeUrl(url, policy);
    const destination = isRefusal(judged) ? judged : destinationOf(judged, policy);
    // Starting over is as good as choosing: it costs each URL one parsing.
    if (ofPolicy?.size === rememberedUrlsMax) ofPolicy.clear();
    ofPolicy?.set(url, destination);
    return destination;
  };
}
