/**
 * Forwarding to a real application: what arrives is byte for byte what was signed, and no behaviour of the application
 * is more than a value.
 */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { afterEach, expect, it } from "vitest";
import { testCertificate } from "../../../tests/support/test-certificate.ts";
import { forward } from "./forward.ts";

const open: { close(): unknown; closeAllConnections?(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});

async function listening(server: Server): Promise<number> {
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const delivery = {
  attempt: 1,
  body: '{"id": "evt_1",\r\n  "text": "é😀\\u00e9 ", "n": 1.0}\n',
  event: "evt_1",
  eventType: "charge.succeeded",
  headers: {
    "Content-Type": "application/json; charset=utf-8",
    "Stripe-Signature": "t=1,v1=abc,v1=def",
    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
  },
  id: "whd_1",
};

const sendTo = async (listener: RequestListener, path = "/hook?a=b") => {
  const port = await listening(createServer(listener));
  const url = new URL(`http://127.0.0.1:${port}${path}`);
  return forward(delivery, { isUnverified: false, url });
};

it("hands over the body byte for byte and the headers as they are", async () => {
  const got: { body: string; headers: object; url: string | undefined }[] = [];
  const forwarded = await sendTo(async (request, response) => {
    got.push({ body: await textOf(request), headers: request.headers, url: request.url });
    response.writeHead(202).end("thanks");
  });
  expect(forwarded).toMatchObject({ error: null, responseBody: "thanks", status: 202 });
  expect(got).toMatchObject([
    {
      body: delivery.body,
      headers: {
        "content-length": String(Buffer.byteLength(delivery.body)),
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": "t=1,v1=abc,v1=def",
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      },
      url: "/hook?a=b",
    },
  ]);
});

it("follows no redirect, and reports it as the status that it is", async () => {
  let requests = 0;
  const forwarded = await sendTo((_, response) => {
    requests += 1;
    response.writeHead(302, { location: "/elsewhere" }).end();
  });
  expect(forwarded).toMatchObject({ error: null, status: 302 });
  expect(requests).toBe(1);
});

it("reads no more of an endless answer than it has to", async () => {
  let hasEnded = false;
  const forwarded = await sendTo((_, response) => {
    response.writeHead(200).on("close", () => {
      hasEnded = true;
    });
    const more = (): void => {
      while (!hasEnded && response.write("x".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  });
  expect(forwarded).toMatchObject({ error: null, status: 200 });
  expect(forwarded.responseBody).toBe("x".repeat(4096));
  await expect.poll(() => hasEnded).toBe(true);
});

it("says of an application that is not there that the connection was refused", async () => {
  const port = await listening(createServer());
  open.splice(0)[0]?.close();
  const url = new URL(`http://127.0.0.1:${port}/`);
  expect(await forward(delivery, { isUnverified: false, url })).toMatchObject({
    error: "connection refused",
    status: null,
  });
});

it("says of one that hangs up that it ended before the answer", async () => {
  const hanging = createTcpServer((socket) => socket.once("data", () => socket.destroy()));
  open.push(hanging);
  await once(hanging.listen(0, "127.0.0.1"), "listening");
  const { port } = hanging.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}/`);
  const forwarded = await forward(delivery, { isUnverified: false, url });
  expect(forwarded).toMatchObject({ error: "connection ended before the answer", status: null });
});

it("takes a certificate that is not trusted only when it is told to", async () => {
  let requests = 0;
  const server = createTlsServer(testCertificate(), (_, response) => {
    requests += 1;
    response.end();
  });
  const url = new URL(`https://localhost:${await listening(server)}/`);
  const refused = await forward(delivery, { isUnverified: false, url });
  expect(refused.status).toBeNull();
  expect(refused.error).toContain("--skip-verify");
  expect(requests).toBe(0);
  expect(await forward(delivery, { isUnverified: true, url })).toMatchObject({ status: 200 });
});

it("sends no header that would end another", async () => {
  const headers = { "X-Evil": "a\r\nx-injected: 1" };
  const url = new URL("http://127.0.0.1:1/");
  const forwarded = await forward({ ...delivery, headers }, { isUnverified: false, url });
  expect(forwarded.status).toBeNull();
});
