/**
 * The receivers of a storm, in a process of their own: healthy ones, which verify each signature and remember what they
 * were told and when, and bad ones, each on a port of its own, which do to a sender what it must survive. It is told
 * what to do over HTTP.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { problemsOf } from "../support/event-check.ts";
import type { BadKind, ReceiverState } from "./receiver-state.ts";

/** Endpoints share these ports, as endpoints of several accounts share a host. */
const healthyPorts = 16;
const slowAnswerMs = 1500;
const dripEveryMs = 1000;

/** By the path of an endpoint. */
const secrets = new Map<string, string>();
/** By delivery: when it came first, of which object it told whom, how often it came. */
const came = new Map<string, { firstMs: number; object: string; path: string; times: number }>();
let unverified = 0;
let badRequests = 0;

function take({ headers, url: path = "" }: IncomingMessage, text: string): boolean {
  const secret = secrets.get(path);
  if (secret === undefined || problemsOf({ headers, text }, secret).length > 0) {
    unverified += 1;
    return false;
  }
  const id = String(headers["istripe-delivery"]);
  const known = came.get(id);
  if (known !== undefined) {
    known.times += 1;
    return true;
  }
  const event: { data: { object: { id: string } } } = JSON.parse(text);
  came.set(id, { firstMs: Date.now(), object: event.data.object.id, path, times: 1 });
  return true;
}

async function healthy(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.statusCode = take(request, await textOf(request)) ? 200 : 400;
  response.end();
}

/** What each kind does with a socket on which a request begins to arrive. */
const badAnswers: Readonly<Record<Exclude<BadKind, "refused">, (socket: Socket) => void>> = {
  drip: (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    const timer = setInterval(() => socket.write("x"), dripEveryMs);
    socket.once("close", () => clearInterval(timer));
  },
  error: (socket) =>
    void socket.write("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno"),
  hang: () => undefined,
  redirect: (socket) =>
    void socket.write(
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
    ),
  reset: (socket) => void socket.resetAndDestroy(),
  slow: (socket) =>
    void setTimeout(
      () => socket.writable && socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      slowAnswerMs,
    ),
};

/** @returns the address of a new bad endpoint. */
async function makeBad(kind: BadKind): Promise<string> {
  const server = createSocketServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (piece) => {
      // A request begins; its body may come in pieces of its own.
      if (!piece.toString("latin1").startsWith("POST ")) return;
      badRequests += 1;
      if (kind !== "refused") badAnswers[kind](socket);
    });
  });
  const port = await listening(server);
  if (kind === "refused") await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/bad/${kind}`;
}

function listening(server: ReturnType<typeof createSocketServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

async function controlled(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await textOf(request);
  response.setHeader("content-type", "application/json");
  if (request.url === "/secrets") {
    for (const [path, secret] of Object.entries(JSON.parse(body) as Record<string, string>))
      secrets.set(path, secret);
    response.end("{}");
  } else if (request.url === "/bad") {
    const kinds: readonly BadKind[] = JSON.parse(body);
    response.end(JSON.stringify(await Promise.all(kinds.map(makeBad))));
  } else {
    const state: ReceiverState = {
      badRequests,
      came: request.url === "/came" ? [...came] : [],
      count: came.size,
      unverified,
    };
    response.end(JSON.stringify(state));
  }
}

const serve = (answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>) =>
  listening(
    createServer({ keepAlive: true, keepAliveTimeout: 60_000 }, (request, response) => {
      answer(request, response).catch(() => response.destroy());
    }),
  );

const ports = await Promise.all(Array.from({ length: healthyPorts }, () => serve(healthy)));
const control = await serve(controlled);
process.stdout.write(`${JSON.stringify({ control, ports })}\n`);
