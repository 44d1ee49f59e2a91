/** Serves the route module as Next.js does: the exported POST gets the web's own Request. */
import { once } from "node:events";
import { serve } from "@hono/node-server";
import { POST, shop } from "./next-route.ts";
import { runUntilTerminated } from "./shop.ts";

const server = serve({
  fetch: (request) => {
    const isRoute = request.method === "POST" && new URL(request.url).pathname === "/webhooks";
    return isRoute ? POST(request) : new Response("Not found", { status: 404 });
  },
  hostname: "127.0.0.1",
  port: Number(process.env["PORT"]),
});
if (!server.listening) await once(server, "listening");
runUntilTerminated(async () => server.close(), shop);
