/**
 * Endpoints for the tests of the sender: real servers on this machine that count what reached them, and a sender whose
 * limits are short enough to be waited for. `closeAll` ends all of them.
 */
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";
import type { Failed, Outcome } from "./outcome.ts";
import { createSender, type Sender, type SenderOptions } from "./sender.ts";

export interface Endpoint {
  readonly port: number;
  readonly url: string;
  connectionCount: number;
  readonly sockets: Set<Socket>;
}

const closers: (() => void)[] = [];

/** To be called after each test. */
export function closeAll(): void {
  for (const close of closers.splice(0)) close();
}

export const openPolicy = { allowPrivate: true, requireTls: false };
export const publicPolicy = { allowPrivate: false, requireTls: false };
export const delivery = {
  body: Buffer.from('{"id":"evt_1","note":"é"}'),
  headers: { "Content-Type": "application/json; charset=utf-8", "Stripe-Signature": "t=1,v1=00" },
  policy: openPolicy,
};

export const monotonicNow = (): number => performance.now();

export function httpEndpoint(listener: RequestListener): Promise<Endpoint> {
  return listening(createServer({ keepAlive: true }, listener), "http");
}

export function tlsEndpoint(
  certificate: { readonly key: string; readonly cert: string },
  listener: RequestListener,
): Promise<Endpoint> {
  return listening(createTlsServer(certificate, listener), "https");
}

/** @param accepted is given each connection, of which nothing was read. */
export function tcpEndpoint(accepted: (socket: Socket) => unknown): Promise<Endpoint> {
  return listening(createTcpServer(accepted), "http");
}

async function listening(server: Server, protocol: "http" | "https"): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = {
    connectionCount: 0,
    port,
    sockets,
    url: `${protocol}://127.0.0.1:${port}/webhooks?k=v`,
  };
  server.on("connection", (socket: Socket) => {
    endpoint.connectionCount += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return endpoint;
}

/** A sender that is closed after the test. */
export function testSender(options: Partial<SenderOptions> = {}): Sender {
  const sender = createSender({ monotonicNow, ...options });
  closers.push(() => sender.close());
  return sender;
}

/** The failure that it must be. */
export function failureOf(outcome: Outcome): Failed {
  if (outcome.kind !== "failed") throw new Error(`The endpoint answered ${outcome.status}.`);
  return outcome;
}
