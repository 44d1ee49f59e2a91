/**
 * A line to the processor that goes bad on demand: it passes requests on to the real simulator and spoils what comes
 * back. What the processor did is not undone by it, which is the point.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * `pass`: nothing is wrong. `garbage`: an answer that is no JSON. `other_json`: JSON that says nothing. `error`: a 500
 * with a page. `cut`: half of the answer, then the end of the connection. `silence`: no answer at all.
 */
export type Trouble = "pass" | "garbage" | "other_json" | "error" | "cut" | "silence";

export interface FaultyProxy {
  readonly url: string;
  /** What happens to answers from now on. */
  trouble: Trouble;
  close(): Promise<void>;
}

/** @param target the simulator's address. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const server = createServer((incoming, outgoing) => {
    void passOn(target, incoming).then(
      (answer) => spoil(outgoing, answer, proxy.trouble),
      () => outgoing.destroy(),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const proxy: FaultyProxy = {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    trouble: "pass",
    url: `http://127.0.0.1:${port}`,
  };
  return proxy;
}

interface Passed {
  readonly status: number;
  readonly body: string;
}

async function passOn(target: string, incoming: IncomingMessage): Promise<Passed> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const answer = await fetch(target + (incoming.url ?? "/"), {
    body: chunks.length === 0 ? null : Buffer.concat(chunks),
    method: incoming.method ?? "GET",
  });
  return { body: await answer.text(), status: answer.status };
}

function spoil(outgoing: ServerResponse, answer: Passed, trouble: Trouble): void {
  switch (trouble) {
    case "pass":
      outgoing.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
      return;
    case "garbage":
      outgoing
        .writeHead(200, { "content-type": "application/json" })
        .end('{"outcome": approv\u0000');
      return;
    case "other_json":
      outgoing.writeHead(200).end('{"outcome":"approved"}');
      return;
    case "error":
      outgoing.writeHead(500, { "content-type": "text/html" }).end("<h1>Internal error</h1>");
      return;
    case "cut":
      outgoing.writeHead(200, { "content-length": Buffer.byteLength(answer.body) });
      outgoing.write(answer.body.slice(0, answer.body.length / 2), () => outgoing.destroy());
      return;
    case "silence":
      return;
  }
}
