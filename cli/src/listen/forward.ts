/**
 * Hands one event to the user's application: the body byte for byte and the headers as the server signed them. Whatever
 * the application does is a value; nothing that it sends is read beyond a few kilobytes or waited for beyond half a
 * minute.
 */
import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";

/** What is handed over, as it is. */
export interface SignedMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Forwarded {
  /** Null when no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
  /** Why no answer came, as a part of a sentence; null when one did. */
  readonly error: string | null;
  /** The beginning of what was answered. */
  readonly responseBody: string;
}

export interface Target {
  readonly url: URL;
  /** Whether a certificate that this machine does not trust is taken all the same. */
  readonly isUnverified: boolean;
}

/** Well within the server's lease of 60 seconds, so that no event is handed out again while it is being forwarded. */
const timeoutMs = 30_000;
/** What the server keeps of an answer. */
const keptBytesMax = 4096;
/** What is read of an answer so that the application can end it in peace. */
const readBytesMax = 256 * 1024;

/** Never throws. */
export async function forward(message: SignedMessage, target: Target): Promise<Forwarded> {
  const begin = performance.now();
  const durationMs = (): number => Math.round(performance.now() - begin);
  try {
    const incoming = await answerOf(message, target);
    const responseBody = await beginningOf(incoming);
    return {
      durationMs: durationMs(),
      error: null,
      responseBody,
      status: incoming.statusCode ?? 0,
    };
  } catch (error) {
    return { durationMs: durationMs(), error: reasonOf(error), responseBody: "", status: null };
  }
}

function answerOf(message: SignedMessage, { isUnverified, url }: Target): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const body = Buffer.from(message.body, "utf8");
  const options = {
    // A connection each: a kept one that the application just closed would look like a failure.
    agent: false,
    headers: { ...message.headers, "Content-Length": body.length },
    method: "POST",
    signal: AbortSignal.timeout(timeoutMs),
  };
  const outgoing =
    url.protocol === "https:"
      ? requestTls(url, { ...options, rejectUnauthorized: !isUnverified })
      : requestPlain(url, options);
  outgoing.on("error", reject);
  outgoing.on("response", resolve);
  outgoing.end(body);
  return promise;
}

async function beginningOf(incoming: IncomingMessage): Promise<string> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    if (size < keptBytesMax) kept.push(chunk.subarray(0, keptBytesMax - size));
    size += chunk.length;
    // Leaving the loop destroys the connection.
    if (size > readBytesMax) break;
  }
  return Buffer.concat(kept).toString("utf8");
}

const untrusted = "its certificate is not trusted here (--skip-verify takes it all the same)";
const reasons: Readonly<Record<string, string>> = {
  ABORT_ERR: `no answer within ${timeoutMs / 1000} seconds`,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection ended before the answer",
  ENOTFOUND: "unknown host",
  EPROTO: "it does not speak TLS",
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
};

function reasonOf(error: unknown): string {
  // Several addresses were tried, such as IPv6 and IPv4: they fail alike.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const { code = "", message } = first as NodeJS.ErrnoException;
  return reasons[code] ?? `no usable answer (${code || message})`;
}
