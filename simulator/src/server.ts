/**
 * The simulator behind HTTP, as a processor of its own that can be slow, cut off or killed. Bodies, headers, times and
 * connections are bounded; no request is logged, since requests carry card numbers.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Simulator, SimulatorAnswer } from "./simulator.ts";

export interface RunningSimulator {
  readonly url: string;
  /** Stops listening and cuts open connections. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly simulator: Simulator;
  /** 0 picks a free one. */
  readonly port: number;
  /** Every answer is late by this much. */
  readonly delayMs?: number;
}

const bodyBytesMax = 16 * 1024;
const connectionsMax = 1024;
const requestTimeoutMs = 10_000;

/** Listens on the loopback address only: it takes card numbers without asking who sends them. */
export async function startSimulator(options: ServerOptions): Promise<RunningSimulator> {
  const { simulator, port, delayMs = 0 } = options;
  // Not an import: one of node:http has Node load its WebSocket and fetch as well, for whoever imports this package.
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer(
    {
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: 60_000,
    },
    (request, response) => {
      readBody(request, (body) => {
        const answer = body === undefined ? tooLarge : answerTo(simulator, request, body);
        const waitMs = delayMs + (answer.delayMs ?? 0);
        if (waitMs === 0) send(response, answer);
        else setTimeout(send, waitMs, response, answer).unref();
      });
    },
  );
  server.maxConnections = connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerTo(simulator: Simulator, request: IncomingMessage, body: string): SimulatorAnswer {
  try {
    const { method = "", url: path = "" } = request;
    return simulator.handle({ method, path, body: parsedJson(body) });
  } catch {
    // The journal cannot be written: without its witness the simulator does no business.
    return unavailable;
  }
}

/** Undefined for what is no JSON. The error is dropped: JSON's own message quotes the body, which may hold a card number. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const sentence = (message: string): object => ({ error: { message } });
const unavailable: SimulatorAnswer = {
  status: 503,
  body: sentence("The journal cannot be written."),
};
const tooLarge: SimulatorAnswer = {
  status: 413,
  body: sentence(`A body may have ${bodyBytesMax} bytes at most.`),
};

/** Gives the body, or undefined when it is too large. A request that breaks off is never answered. */
function readBody(request: IncomingMessage, then: (body: string | undefined) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= bodyBytesMax) chunks.push(chunk);
  });
  request.on("end", () => {
    then(length > bodyBytesMax ? undefined : Buffer.concat(chunks).toString("utf8"));
  });
  request.on("error", () => request.destroy());
}

function send(response: ServerResponse, answer: SimulatorAnswer): void {
  if (answer.isDropped) {
    response.destroy();
    return;
  }
  const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  };
  response.writeHead(answer.status, headers).end(text);
}
