/**
 * One HTTP request and its answer, with nothing done to either: no retry, no redirect, no proxy. Node's own client is
 * used because `fetch` refuses some ports and rewrites paths, and a path that could name another host would send the
 * key there.
 */
import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import manifest from "../../package.json" with { type: "json" };
import { CommandFailure, exitCodes } from "../line/failure.ts";
import type { Connection } from "./connection.ts";

export type Method = "GET" | "POST" | "DELETE";

/** Bracketed names and their values, in the order in which they were given. */
export type Form = readonly (readonly [string, string])[];

export interface HttpRequest {
  readonly method: Method;
  /** Begins with a slash; may have a query. */
  readonly path: string;
  /** Sent as the body of a POST and as the query of the others. */
  readonly form: Form;
  readonly idempotencyKey?: string;
  readonly timeoutMs?: number;
  /** Ends the request, as no answer would. */
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  /** As they came, in their order. */
  readonly headers: Form;
  readonly text: string;
}

export const version = manifest.version;

/** As the official SDKs: longer than any answer should take. */
const timeoutDefaultMs = 80_000;
/** A page of a hundred objects is a few hundred kilobytes. */
const answerBytesMax = 64 * 1024 * 1024;

/** @throws CommandFailure `unreachable` when no whole answer came. */
export async function sendRequest(connection: Connection, sent: HttpRequest): Promise<HttpAnswer> {
  try {
    return await answerOf(connection, sent);
  } catch (error) {
    throw unreachable(error, connection.base.origin);
  }
}

function answerOf(connection: Connection, sent: HttpRequest): Promise<HttpAnswer> {
  const { base, key } = connection;
  const { idempotencyKey, method } = sent;
  const encoded = new URLSearchParams(sent.form.map(([name, value]) => [name, value])).toString();
  const body = method === "POST" ? encoded : undefined;
  const send = base.protocol === "https:" ? requestTls : requestPlain;
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const outgoing = send(base, {
    headers: {
      accept: "application/json",
      authorization: `Bearer ${key}`,
      "user-agent": `istripe-cli/${version}`,
      ...(body !== undefined && {
        "content-length": Buffer.byteLength(body),
        "content-type": "application/x-www-form-urlencoded",
      }),
      ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
    },
    method,
    path: targetOf(base, sent.path, body === undefined ? encoded : ""),
    signal: AbortSignal.any([
      AbortSignal.timeout(sent.timeoutMs ?? timeoutDefaultMs),
      ...(sent.signal === undefined ? [] : [sent.signal]),
    ]),
  });
  outgoing.on("error", reject);
  outgoing.on("response", (incoming) => {
    readAnswer(incoming).then(resolve, reject);
  });
  outgoing.end(body);
  return promise;
}

/** The request's target: only ever a path and a query, whatever they hold. */
function targetOf(base: URL, path: string, query: string): string {
  const joint = path.includes("?") ? "&" : "?";
  const whole = `${base.pathname.replace(/\/$/, "")}${path}${query === "" ? "" : joint + query}`;
  return whole.toWellFormed().replace(/[^\x21-\x7e]+|#/gu, encodeURIComponent);
}

async function readAnswer(incoming: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > answerBytesMax) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  const { rawHeaders } = incoming;
  return {
    headers: rawHeaders.flatMap((name, index) =>
      index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""] as const] : [],
    ),
    status: incoming.statusCode ?? 0,
    statusText: incoming.statusMessage ?? "",
    text: Buffer.concat(chunks).toString("utf8"),
  };
}

const unreachable = (error: unknown, origin: string): CommandFailure =>
  new CommandFailure(exitCodes.unreachable, reasonOf(error, origin), { cause: error });

/** Whether the request cannot have been done: it ended before there was a connection to send it through. */
export const wasNeverSent = ({ cause }: CommandFailure): boolean =>
  beforeSending.has(codeOf(cause));

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

const untrusted =
  "has a certificate that this machine does not trust: name its authority's file in NODE_EXTRA_CA_CERTS.";
const advice = "Start a server with `istripe serve`, or name another with --api-base.";

const reasons: Readonly<Record<string, string>> = {
  ABORT_ERR: "gave no answer in time.",
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  ECONNREFUSED: `refuses the connection. ${advice}`,
  ECONNRESET: "ended the connection before it answered.",
  ENOTFOUND: `is an unknown host. ${advice}`,
  EPROTO: "does not speak TLS: try an address that begins with http://",
  HPE_INVALID_CONSTANT: "does not speak HTTP: it may want an address that begins with https://",
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
};

const beforeSending: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ECONNREFUSED",
  "ENOTFOUND",
  "EPROTO",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** A whole sentence about a request that got no answer. */
function reasonOf(error: unknown, origin: string): string {
  // Several addresses were tried, such as IPv6 and IPv4: they fail alike.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const code = codeOf(first);
  return `${origin} ${reasons[code] ?? `gave no usable answer (${code || (first as Error).message}).`}`;
}
