/** The shop behind Express. The webhook's route comes before the JSON parser, which the rest of the application has. */
import { once } from "node:events";
import { expressWebhook } from "@istripe/webhooks/express";
import express from "express";
import { openShop, readSettings, runUntilTerminated } from "./shop.ts";

const shop = await openShop(readSettings());
const app = express();
app.post("/webhooks", expressWebhook(shop.webhooks));
app.use(express.json());
const server = app.listen(Number(process.env["PORT"]), "127.0.0.1");
await once(server, "listening");
runUntilTerminated(async () => {
  server.close();
  server.closeIdleConnections();
}, shop);
