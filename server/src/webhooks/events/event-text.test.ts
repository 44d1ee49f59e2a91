/**
 * What an endpoint is told of an event is what the API shows of it, to the last byte but for the count of those who
 * wait: the two are written by different code.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Form, send } from "../../../../tests/support/http.ts";
import { startTestServer, type TestServer } from "../../../../tests/support/server.ts";

const told: string[] = [];
const receiver = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    told.push(Buffer.concat(pieces).toString());
    response.end();
  });
});
let server: TestServer;

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  server = await startTestServer("sqlite");
});
afterAll(async () => {
  receiver.close();
  await server.stop();
});

const ask = (path: string, form?: Form) =>
  send(server.url, { key: server.secretKey, path, ...(form === undefined ? {} : { form }) });

test("each kind of event is told as the API shows it", async () => {
  const { port } = receiver.address() as AddressInfo;
  await ask("/v1/webhook_endpoints", {
    "enabled_events[]": "*",
    url: `http://127.0.0.1:${port}/`,
  });
  const customer = await ask("/v1/customers", {
    "metadata[clé]": 'a "quoted" \u2028 text',
    name: "Zoë",
    source: "tok_visa",
  });
  await ask(`/v1/customers/${customer.body.id}`, { "address[city]": "Köln", name: "Zoe" });
  const charge = await ask("/v1/charges", {
    amount: 500,
    currency: "eur",
    customer: customer.body.id,
  });
  await ask("/v1/charges", { amount: 500, currency: "usd", source: "tok_chargeDeclined" });
  await ask("/v1/refunds", { amount: 200, charge: charge.body.id });
  await send(server.url, {
    key: server.secretKey,
    method: "DELETE",
    path: `/v1/customers/${customer.body.id}`,
  });
  const idle = await ask("/v1/test_helpers/webhook_deliveries/idle?timeout=10");
  expect(idle.body).toMatchObject({ idle: true, pending: 0 });
  const { body } = await ask("/v1/events?limit=100");
  expect(told.length).toBe(body.data.length);
  const types = new Set<unknown>();
  for (const text of told) {
    const { id, type } = JSON.parse(text);
    types.add(type);
    const shown = await ask(`/v1/events/${id}`);
    expect(text.replace('\n  "pending_webhooks": 1', '\n  "pending_webhooks": 0')).toBe(shown.text);
  }
  for (const type of ["customer.updated", "charge.succeeded", "charge.failed", "charge.refunded"]) {
    expect(types).toContain(type);
  }
});
