/**
 * A merchant's application as webhooks see it: a real HTTP server that keeps every request whole, in the order in which
 * they came, and answers as the test says. It can go away and come back under the same address.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Wire } from "../../support/http.ts";

export interface Arrival {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  /** The body's text as it came. */
  readonly text: string;
  readonly event: Wire;
}

/** What the event is about. */
export const objectOf = ({ event }: Arrival): Wire =>
  (event["data"] as unknown as { readonly object: Wire }).object;

/** A status, a whole answer, or none: the connection is reset, or left hanging until the receiver goes. */
export type Reply =
  | number
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
    }
  | "hang"
  | "reset";

/** @param index of the arrival, from 0. */
type Answering = (arrival: Arrival, index: number) => Reply | Promise<Reply>;

export interface Receiver {
  readonly url: string;
  readonly arrivals: Arrival[];
  /** What arrivals are answered with from now on; 200 until it is called. */
  answer(answering: Answering): void;
  types(): string[];
  /** Refuses connections, and resets those that are open. */
  close(): Promise<void>;
  /** Comes back where it was. */
  open(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const arrivals: Arrival[] = [];
  let answering: Answering = () => 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const { headers, url: path = "" } = request;
      const arrival = { event: JSON.parse(text) as Wire, headers, path, text };
      arrivals.push(arrival);
      reply(response, await answering(arrival, arrivals.length - 1));
    });
  });
  const open = (port: number): Promise<void> =>
    new Promise((opened) => server.listen(port, "127.0.0.1", opened));
  await open(0);
  const { port } = server.address() as AddressInfo;
  return {
    answer: (next) => {
      answering = next;
    },
    arrivals,
    close: async () => {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
    open: () => open(port),
    types: () => arrivals.map(({ event }) => String(event["type"])),
    url: `http://127.0.0.1:${port}/webhooks?shop=1`,
  };
}

function reply(response: ServerResponse, answer: Reply): void {
  if (answer === "hang") return;
  if (answer === "reset") {
    response.socket?.resetAndDestroy();
    return;
  }
  const {
    body = "",
    headers = {},
    status,
  } = typeof answer === "number" ? { status: answer } : answer;
  response.writeHead(status, headers).end(body);
}
