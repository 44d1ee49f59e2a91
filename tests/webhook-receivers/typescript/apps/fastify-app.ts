/** The shop behind Fastify, as a plugin beside whatever else the application registers. */
import { fastifyWebhook } from "@istripe/webhooks/fastify";
import Fastify from "fastify";
import { openShop, readSettings, runUntilTerminated } from "./shop.ts";

const shop = await openShop(readSettings());
const app = Fastify();
await app.register(fastifyWebhook(shop.webhooks), { url: "/webhooks" });
await app.listen({ host: "127.0.0.1", port: Number(process.env["PORT"]) });
runUntilTerminated(() => app.close(), shop);
