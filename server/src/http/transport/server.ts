/**
 * The HTTP server: limits, routes, and the way from a socket to {@link Dispatch} and back. Whatever arrives, the answer
 * is Stripe's error object, never a hang and never a stack trace.
 */
import type { IncomingMessage } from "node:http";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { ApiError, invalidRequest, unknownRoute } from "../../core/errors.ts";
import type { Operation } from "../../operation.ts";
import { type Answer, errorAnswer, toApiError } from "../answer.ts";
import type { Asked, IncomingRequest } from "../call.ts";
import { compileOperation } from "../compiled-operation.ts";
import type { Dispatch, RefuseUnbuilt } from "../dispatch.ts";
import { knownRouteOf } from "../unbuilt-routes.ts";
import type { Drain } from "./drain.ts";
import { malformedRequest } from "./malformed-request.ts";
import { type BodyRead, readBody } from "./read-body.ts";
import type { TlsFiles } from "./tls-files.ts";
import { gatherTurn } from "./turn.ts";

/** Bounds of one request and of all connections. Times in milliseconds, sizes in bytes. */
const httpLimits = {
  bodyBytesMax: 1_048_576,
  connectionsMax: 10_000,
  headerBytesMax: 16_384,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 12_000,
  timeoutsCheckedEveryMs: 2_000,
  urlParameterLengthMax: 500,
} as const;

/** What is measured and logged of a request when its answer is out. Never its body, never its query. */
export interface ServedRequest {
  readonly method: string;
  /** The route's pattern, or the path where no route fits. */
  readonly route: string;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly durationMs: number;
}

export interface HttpParts {
  /** Null: plain HTTP. */
  readonly tls: TlsFiles | null;
  readonly operations: readonly Operation[];
  readonly dispatch: Dispatch;
  readonly refuseUnbuilt: RefuseUnbuilt;
  readonly drain: Drain;
  /** Whether the server can do its work: for load balancers. */
  isReady(): Promise<boolean>;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  onServed(request: ServedRequest): void;
  /** Hears of every answer to a caller who is known, when it is out. */
  onAnswered(asked: Asked, answer: Answer, durationMs: number): void;
}

export function createHttpServer(parts: HttpParts): FastifyInstance {
  const send = sender(parts);
  const app = createApp(parts.tls, send);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "*",
    (_request: FastifyRequest, payload: IncomingMessage, done: BodyRead) =>
      readBody(payload, httpLimits.bodyBytesMax, done),
  );
  app.setErrorHandler((error, _request, reply) => send(reply, errorAnswer(transportError(error))));
  app.addHook("onRequest", (request, reply, done) => {
    if (request.headers.host === undefined && request.raw.httpVersion === "1.1") {
      send(reply, errorAnswer(invalidRequest("The request has no Host header.")));
      return;
    }
    (request.raw as Arrived)[arrivedMs] = performance.now();
    parts.drain.follow(reply.raw);
    done();
  });
  const answerBy = answerer(send);
  for (const operation of parts.operations) {
    const compiled = compileOperation(operation);
    app.route({
      handler: answerBy((incoming) => parts.dispatch(compiled, incoming)),
      method: operation.method,
      url: operation.path,
    });
  }
  app.setNotFoundHandler(answerBy((incoming, method) => answerUnrouted(parts, method, incoming)));
  addPreflight(app);
  addOwnRoutes(app, parts);
  app.server.maxConnections = httpLimits.connectionsMax;
  return app;
}

function noSchema(): never {
  throw new Error("A route has a schema of the framework's, which nothing here compiles.");
}

function createApp(tls: TlsFiles | null, send: Send): FastifyInstance {
  const options = {
    bodyLimit: httpLimits.bodyBytesMax,
    clientErrorHandler: malformedRequest,
    exposeHeadRoutes: false,
    frameworkErrors: (error: Error, _request: unknown, reply: FastifyReply) =>
      send(reply, errorAnswer(transportError(error))),
    http: {
      connectionsCheckingInterval: httpLimits.timeoutsCheckedEveryMs,
      headersTimeout: httpLimits.headersTimeoutMs,
      maxHeaderSize: httpLimits.headerBytesMax,
      requestTimeout: httpLimits.requestTimeoutMs,
      // Refused by us instead, because Node's own refusal has no body.
      requireHostHeader: false,
    },
    logger: false,
    requestTimeout: httpLimits.requestTimeoutMs,
    // What arrives while closing is still answered; the drain decides when a connection ends.
    return503OnClosing: false,
    routerOptions: { maxParamLength: httpLimits.urlParameterLengthMax },
    // Operations read their parameters and write their answers themselves. Without its two compilers, which nothing
    // would use, the framework loads in two thirds of the time.
    schemaController: { compilersFactory: { buildSerializer: noSchema, buildValidator: noSchema } },
  };
  if (tls === null) return fastify(options) as unknown as FastifyInstance;
  const https = { ...options.http, ...tls, minVersion: "TLSv1.2" as const };
  return fastify({ ...options, https }) as unknown as FastifyInstance;
}

type Respond = (incoming: IncomingRequest, method: string) => Promise<Answer>;
type Handler = (request: FastifyRequest, reply: FastifyReply) => void;
type AnswerBy = (respond: Respond) => Handler;

/** Lets requests that arrived together begin together, when all of them have been read. */
function answerer(send: Send): AnswerBy {
  const begin = gatherTurn<() => void>((requests) => {
    for (const start of requests) start();
  });
  return (respond) => (request, reply) => {
    const incoming = incomingOf(request);
    reply.hijack();
    begin(() => {
      respond(incoming, request.method).then(
        (answer) => send(reply, answer),
        (error: unknown) => send(reply, errorAnswer(toApiError(error))),
      );
    });
  };
}

function incomingOf(request: FastifyRequest): IncomingRequest {
  const path = pathOf(request.url);
  // No id holds a NUL, and no database could be asked for one: it is looked for as what it is not.
  const ids = Object.values(request.params as Record<string, string>)
    .map((id) => (id.includes("\0") ? id.replaceAll("\0", "\uFFFD") : id))
    .reverse();
  return {
    body: request.method === "POST" ? ((request.body as Buffer | undefined) ?? emptyBody) : null,
    clientIp: request.ip ?? null,
    header: (name) => headerOf(request, name),
    ids,
    path,
    query: request.url.slice(path.length + 1),
  };
}

const emptyBody = Buffer.alloc(0);

/** Routes that Stripe has and iStripe has not say so, instead of looking like a mistyped path. */
async function answerUnrouted(
  parts: HttpParts,
  method: string,
  incoming: IncomingRequest,
): Promise<Answer> {
  const route = knownRouteOf(method, incoming.path);
  if (route !== undefined) {
    const shown = `${method} ${route.path.replaceAll(/:(\w+)/g, "{$1}")}`;
    return parts.refuseUnbuilt(shown, incoming);
  }
  incoming.body?.fill(0);
  return errorAnswer(unknownRoute(method, incoming.path));
}

/** A browser asks before it posts a card to another origin. What it may then do is decided by its key. */
function addPreflight(app: FastifyInstance): void {
  app.options("/v1/*", (request, reply) =>
    reply
      .headers({
        ...crossOriginHeaders,
        "Access-Control-Allow-Headers":
          request.headers["access-control-request-headers"] ?? "Authorization, Content-Type",
      })
      .send(),
  );
}

function addOwnRoutes(app: FastifyInstance, parts: HttpParts): void {
  app.get("/healthz", (_request, reply) => reply.send({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const isReady = await parts.isReady();
    return reply.status(isReady ? 200 : 503).send({ status: isReady ? "ready" : "not ready" });
  });
  app.get("/metrics", async (_request, reply) => {
    const { contentType, text } = await parts.metrics();
    return reply.header("content-type", contentType).send(text);
  });
}

/** On every answer; Stripe sends no charset and allows no caching. */
const standingHeaders = [
  ...["Cache-Control", "no-cache, no-store"],
  ...["Content-Type", "application/json"],
];

const crossOriginHeaders = {
  "Access-Control-Allow-Credentials": "true",
  "Access-Control-Allow-Methods": "GET, HEAD, PUT, PATCH, POST, DELETE",
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "Request-Id, Stripe-Manage-Version, Stripe-Should-Retry, X-Stripe-External-Auth-Required, X-Stripe-Privileged-Session-Required",
  "Access-Control-Max-Age": "300",
  Vary: "Origin",
} as const;

/** When a request's head was read, on the monotonic clock. */
const arrivedMs = Symbol("arrived");
type Arrived = IncomingMessage & { [arrivedMs]?: number };

type Send = (reply: FastifyReply, answer: Answer) => FastifyReply;

/** Writes past the framework, which would add a charset that Stripe does not send, and tells of it once it is out. */
function sender(parts: HttpParts): Send {
  // Each answer that leaves alone wakes whoever reads it, which costs the kernel more than the answer itself.
  const leave = gatherTurn<Outgoing>((turn) => {
    for (const outgoing of turn) write(outgoing, parts.drain.isClosing);
    const nowMs = performance.now();
    for (const outgoing of turn) tell(parts, outgoing, nowMs);
  });
  return (reply, answer) => {
    reply.hijack();
    leave({ answer, reply });
    return reply;
  };
}

interface Outgoing {
  readonly reply: FastifyReply;
  readonly answer: Answer;
}

function write({ reply, answer }: Outgoing, isClosing: boolean): void {
  const size = answer.size ?? Buffer.byteLength(answer.body);
  const headers = ["Content-Length", String(size), ...standingHeaders];
  if (reply.request.headers.origin !== undefined)
    headers.push(...Object.entries(crossOriginHeaders).flat());
  if (isClosing) headers.push("Connection", "close");
  for (const name in answer.headers) headers.push(name, answer.headers[name] ?? "");
  reply.raw.writeHead(answer.status, headers);
  // As many bytes as characters means ASCII, which is written in one piece with the head and without encoding.
  reply.raw.end(answer.body, size === answer.body.length ? "latin1" : "utf8");
}

function tell(
  { onAnswered, onServed }: HttpParts,
  { reply, answer }: Outgoing,
  nowMs: number,
): void {
  const { request } = reply;
  const durationMs = nowMs - ((request.raw as Arrived)[arrivedMs] ?? nowMs);
  onServed({
    durationMs,
    method: request.method,
    requestId: answer.headers["Request-Id"],
    route: routeOf(request),
    status: answer.status,
  });
  if (answer.asked !== undefined) onAnswered(answer.asked, answer, durationMs);
}

const routeOf = (request: FastifyRequest): string =>
  request.routeOptions.url ?? knownRouteOf(request.method, pathOf(request.url))?.path ?? "unknown";

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

const pathOf = (url: string): string => url.split("?", 1)[0] ?? url;

/** What the transport found wrong before any operation saw the request. */
function transportError(error: unknown): ApiError {
  const status = (error as { statusCode?: unknown }).statusCode;
  if (status === 413) {
    return new ApiError(413, "invalid_request_error", {
      message: `The request body is too large: it may be at most ${httpLimits.bodyBytesMax} bytes.`,
    });
  }
  if (typeof status === "number" && status >= 400 && status < 500) {
    return invalidRequest("The request could not be read: check its URL, headers and body.");
  }
  return toApiError(error);
}
