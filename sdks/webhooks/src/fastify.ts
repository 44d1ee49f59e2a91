/**
 * Fastify 4 and 5, as a plugin. Fastify parses JSON everywhere; within this plugin, and nowhere else, a body stays the
 * bytes that arrived.
 */
import type { FastifyInstance } from "fastify";
import type { Receives } from "./receiver.ts";

export interface FastifyWebhookOptions {
  /** The route's path. */
  readonly url: string;
}

/** @returns a plugin for `app.register(…, { url: "/webhooks" })`. */
export function fastifyWebhook(
  receiver: Receives,
): (app: FastifyInstance, options: FastifyWebhookOptions) => Promise<void> {
  return async (app, { url }) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      "*",
      { parseAs: "buffer" },
      async (_request: unknown, body: unknown) => body,
    );
    app.post(url, { bodyLimit: receiver.bodyBytesMax }, async (request, reply) => {
      // Fastify calls no parser for a request without a body.
      const { body, headers, status } = await receiver.receive(request.body ?? "", request.headers);
      return reply.code(status).header("Content-Type", headers["Content-Type"]).send(body);
    });
  };
}
