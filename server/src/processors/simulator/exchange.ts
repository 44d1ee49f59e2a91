/**
 * One exchange with the simulator's process that has no card in it, so it needs no egress. It ends within its time,
 * reads a bounded reply, and never throws for what the other side does.
 */
import type { Unknown } from "../unknown.ts";
import type { PlainRequest } from "./modification-request.ts";
import { unknown } from "./reply.ts";

const replyBytesMax = 64 * 1024;

export interface Exchanged {
  readonly kind: "reply";
  readonly status: number;
  /** JSON values; undefined for what is no JSON. */
  readonly body: unknown;
}

/** @param at where the simulator listens, without a slash at the end; the time covers the whole exchange. */
export async function exchange(
  at: { readonly origin: string; readonly timeoutMs: number },
  { method, path, body }: PlainRequest,
): Promise<Exchanged | Unknown> {
  // Loaded here, because most servers have their simulator inside.
  const { request: httpRequest } = await import("undici");
  const signal = AbortSignal.timeout(at.timeoutMs);
  try {
    const answer = await httpRequest(at.origin + path, {
      method,
      signal,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > replyBytesMax) return unknown("garbled");
      chunks.push(chunk);
    }
    return {
      kind: "reply",
      status: answer.statusCode,
      body: parsedJson(Buffer.concat(chunks).toString("utf8")),
    };
  } catch (error) {
    if (signal.aborted) return unknown("timeout");
    return unknown("unreachable", !isUnconnected(error));
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Only a connection that never came up is proof that nothing arrived. */
const isUnconnected = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
