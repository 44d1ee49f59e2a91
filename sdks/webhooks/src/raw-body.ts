/**
 * The exact bytes of a request, up to a limit. A body that is too long is neither kept nor read to its end.
 */
import { SignatureError } from "./signature-error.ts";

/** A request as `node:http` has it, perhaps after a framework has seen it. */
export interface NodeRequest extends AsyncIterable<unknown> {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly readableDidRead: boolean;
  /** What a body parser left: `express.raw()` the bytes, `express.json()` an object. */
  readonly body?: unknown;
  /** Where some hosts, and some `verify` functions of body parsers, keep the bytes. */
  readonly rawBody?: unknown;
  iterator(options: { destroyOnReturn: boolean }): AsyncIterator<unknown>;
}

/** @throws SignatureError `body_already_parsed` or `body_too_large`. */
export async function nodeBody(request: NodeRequest, bytesMax: number): Promise<unknown> {
  for (const kept of [request.rawBody, request.body])
    if (typeof kept === "string" || kept instanceof Uint8Array) return kept;
  // What a parser made of it, which the verification refuses with the remedy.
  if (request.readableDidRead) return request.body;
  refuseDeclared(request.headers["content-length"], bytesMax);
  // Destroying the request would close the connection before the answer is sent.
  const iterator = request.iterator({ destroyOnReturn: false });
  return readAll({ [Symbol.asyncIterator]: () => iterator }, bytesMax);
}

/** @throws SignatureError `body_already_parsed` or `body_too_large`. */
export async function webBody(request: Request, bytesMax: number): Promise<unknown> {
  if (request.bodyUsed) return undefined;
  refuseDeclared(request.headers.get("content-length"), bytesMax);
  return request.body === null ? "" : readAll(request.body, bytesMax);
}

async function readAll(chunks: AsyncIterable<unknown>, bytesMax: number): Promise<Buffer> {
  const kept: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (!(bytes instanceof Uint8Array)) throw new Error("A request's body is made of bytes.");
    length += bytes.byteLength;
    if (length > bytesMax) throw tooLarge(bytesMax);
    kept.push(bytes);
  }
  return Buffer.concat(kept);
}

function refuseDeclared(contentLength: unknown, bytesMax: number): void {
  if (Number(contentLength ?? 0) > bytesMax) throw tooLarge(bytesMax);
}

function tooLarge(bytesMax: number): SignatureError {
  return new SignatureError(
    "body_too_large",
    `The body is larger than ${bytesMax} bytes. No event is; raise bodyBytesMax if yours are.`,
  );
}
