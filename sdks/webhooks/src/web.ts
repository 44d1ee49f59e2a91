/**
 * Everything that speaks the web's own `Request` and `Response`: Next.js route handlers, Hono, Remix, Deno, Bun.
 */
import { webBody } from "./raw-body.ts";
import type { Receives } from "./receiver.ts";

/** @returns a handler, to be exported as `POST` by a route or called with Hono's `c.req.raw`. It never throws. */
export function fetchWebhook(receiver: Receives): (request: Request) => Promise<Response> {
  return async (request) => {
    const read = () => webBody(request, receiver.bodyBytesMax);
    const { body, headers, status } = await receiver.receive(read, request.headers);
    return new Response(body, { headers: { "Content-Type": headers["Content-Type"] }, status });
  };
}
