/**
 * A place between the engine and PostgreSQL where tests count what is asked and break connections. Nothing in the product
 * imports it.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between the engine and the server: counts requests, and breaks connections at a chosen one. */
export interface Wire {
  readonly url: string;
  /** Requests that wait for an answer: simple queries, and syncs of the extended protocol. */
  requestCount: number;
  /** Breaks the connection when a request contains this text, before or after the server has had it. */
  breakAt: { readonly text: string; readonly when: "before" | "after" } | undefined;
  breakAll(): void;
  close(): Promise<void>;
}

export async function openWire(target: URL): Promise<Wire> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.pipe(client);
    client.on("data", (chunk: Buffer) => {
      wire.requestCount += requestsIn(chunk);
      const { breakAt } = wire;
      const isBroken = breakAt !== undefined && chunk.includes(breakAt.text);
      if (!isBroken) {
        upstream.write(chunk);
      } else if (breakAt.when === "before") {
        client.destroy();
      } else {
        // The server's answer is lost, and with it the knowledge of what happened.
        upstream.unpipe(client).once("data", () => client.destroy());
        upstream.resume().write(chunk);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  const wire: Wire = {
    breakAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    breakAt: undefined,
    close: async () => {
      wire.breakAll();
      server.close();
      await once(server, "close");
    },
    requestCount: 0,
    url: url.href,
  };
  return wire;
}

/** The driver sends whole messages: a type, a length, a body. The first message of a connection has no type. */
function requestsIn(chunk: Buffer): number {
  let count = 0;
  for (let at = 0; at + 5 <= chunk.length; at += 1 + chunk.readUInt32BE(at + 1)) {
    const type = String.fromCharCode(chunk[at] ?? 0);
    if (type === "\0") return count;
    if (type === "Q" || type === "S") count++;
  }
  return count;
}
