/** The shop behind Hono, on Node. */
import { once } from "node:events";
import { serve } from "@hono/node-server";
import { fetchWebhook } from "@istripe/webhooks/web";
import { Hono } from "hono";
import { openShop, readSettings, runUntilTerminated } from "./shop.ts";

const shop = await openShop(readSettings());
const webhook = fetchWebhook(shop.webhooks);
const app = new Hono();
app.post("/webhooks", (context) => webhook(context.req.raw));
const server = serve({
  fetch: app.fetch,
  hostname: "127.0.0.1",
  port: Number(process.env["PORT"]),
});
if (!server.listening) await once(server, "listening");
runUntilTerminated(async () => server.close(), shop);
