/**
 * Express 4 and 5, and anything else that hands out `node:http`'s own request and response. Reads the body itself, so it
 * needs no body parser; one that came first and left the bytes is fine, one that left only an object is named.
 */
import { type NodeRequest, nodeBody } from "./raw-body.ts";
import type { Receives } from "./receiver.ts";

export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
}

/** @returns a handler for `app.post(path, …)`, which always answers and never throws. */
export function expressWebhook(
  receiver: Receives,
): (request: NodeRequest, response: NodeResponse) => Promise<void> {
  return async (request, response) => {
    const read = () => nodeBody(request, receiver.bodyBytesMax);
    const { body, headers, status } = await receiver.receive(read, request.headers);
    response.writeHead(status, headers);
    response.end(body);
  };
}
