/** The guarantees of a delivery to an endpoint that misbehaves: it ends, bounded, with an honest value, and never throws. */
import { createConnection, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import {
  closeAll,
  delivery,
  failureOf,
  httpEndpoint,
  publicPolicy,
  tcpEndpoint,
  testSender,
} from "./test-endpoints.ts";

afterEach(closeAll);

const short = { connectTimeoutMs: 200, totalTimeoutMs: 600 };
/** undici's clock for these two ticks twice a second. */
const silence = { bodyTimeoutMs: 200, headersTimeoutMs: 200, totalTimeoutMs: 5_000 };

describe("an endpoint that answers badly", () => {
  test("one that takes the delivery and says nothing", async () => {
    const endpoint = await httpEndpoint(() => undefined);
    const outcome = await testSender({ limits: silence }).send({ ...delivery, url: endpoint.url });
    expect(outcome).toMatchObject({
      kind: "failed",
      mayHaveArrived: true,
      reason: "headers_timeout",
      response: null,
      stage: "during",
    });
    expect(outcome.durationMs).toBeLessThan(silence.totalTimeoutMs);
    await expect.poll(() => endpoint.sockets.size).toBe(0);
  });

  test("one that begins its answer and stops", async () => {
    const endpoint = await httpEndpoint((_request, response) => {
      response.writeHead(200).write("one moment");
    });
    const outcome = await testSender({ limits: silence }).send({ ...delivery, url: endpoint.url });
    expect(outcome).toMatchObject({
      mayHaveArrived: true,
      reason: "body_timeout",
      response: { body: Buffer.from("one moment"), isBodyCut: false, status: 200 },
      stage: "after",
    });
  });

  test("one that drips its answer ends when the time is up", async () => {
    const endpoint = await httpEndpoint((_request, response) => {
      response.writeHead(200);
      const dripping = setInterval(() => response.write("."), 50);
      response.on("close", () => clearInterval(dripping));
    });
    const outcome = await testSender({ limits: short }).send({ ...delivery, url: endpoint.url });
    expect(failureOf(outcome)).toMatchObject({ reason: "total_timeout", stage: "after" });
    expect(outcome.durationMs).toBeGreaterThanOrEqual(short.totalTimeoutMs - 20);
    expect(outcome.durationMs).toBeLessThan(short.totalTimeoutMs + 1_000);
    await expect.poll(() => endpoint.sockets.size).toBe(0);
  });

  test("one that drips its headers ends when the time is up", async () => {
    const endpoint = await tcpEndpoint((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const dripping = setInterval(() => socket.write("x"), 50);
      socket.on("close", () => clearInterval(dripping));
    });
    const outcome = await testSender({ limits: short }).send({
      ...delivery,
      url: endpoint.url,
    });
    expect(failureOf(outcome)).toMatchObject({ reason: "total_timeout", stage: "during" });
  });

  test("one that announces answers for ever ends when the time is up", async () => {
    const endpoint = await tcpEndpoint((socket) => {
      const announcing = setInterval(() => socket.write("HTTP/1.1 102 Processing\r\n\r\n"), 20);
      socket.on("close", () => clearInterval(announcing));
    });
    const outcome = await testSender({ limits: short }).send({ ...delivery, url: endpoint.url });
    expect(failureOf(outcome)).toMatchObject({ response: null, stage: "during" });
    expect(outcome.durationMs).toBeLessThan(short.totalTimeoutMs + 1_000);
  });

  test("one that resets the connection", async () => {
    const endpoint = await tcpEndpoint((socket) => {
      socket.on("data", () => socket.resetAndDestroy());
    });
    const outcome = await testSender().send({ ...delivery, url: endpoint.url });
    expect(outcome).toMatchObject({ mayHaveArrived: true, reason: "reset", stage: "during" });
    expect(endpoint.connectionCount).toBe(1);
  });

  test.each([
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour",
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nfour",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
    "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
  ])("one that closes before the body that it promised: %j", async (answer) => {
    const endpoint = await tcpEndpoint((socket) => {
      socket.on("data", () => socket.end(answer));
    });
    const outcome = await testSender().send({ ...delivery, url: endpoint.url });
    expect(outcome).toMatchObject({
      reason: "reset",
      response: { body: Buffer.from("four"), status: 200 },
      stage: "after",
    });
  });

  test.each([
    "220 mail.example.com ESMTP\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  ])("one that does not speak HTTP: %j", async (answer) => {
    const endpoint = await tcpEndpoint((socket) => {
      socket.on("data", () => socket.write(answer));
    });
    const outcome = await testSender().send({ ...delivery, url: endpoint.url });
    expect(failureOf(outcome)).toMatchObject({ mayHaveArrived: true, reason: "protocol_error" });
  });

  test("one whose headers never end", async () => {
    const endpoint = await tcpEndpoint((socket) => {
      socket.on("data", () => {
        socket.write("HTTP/1.1 200 OK\r\n");
        for (let count = 0; count < 100; count += 1)
          socket.write(`X-${count}: ${"x".repeat(500)}\r\n`);
      });
    });
    const outcome = await testSender().send({ ...delivery, url: endpoint.url });
    expect(failureOf(outcome)).toMatchObject({ reason: "headers_too_large", response: null });
  });

  test.each([301, 302, 303, 307, 308])(
    "a redirect (%i) is a failure and is not followed",
    async (status) => {
      const other = await httpEndpoint((_request, response) => response.end());
      const endpoint = await httpEndpoint((_request, response) => {
        response.writeHead(status, { Location: other.url }).end("moved");
      });
      const outcome = await testSender().send({ ...delivery, url: endpoint.url });
      expect(outcome).toMatchObject({
        mayHaveArrived: true,
        reason: "redirect",
        response: { body: Buffer.from("moved"), headers: { location: other.url }, status },
        stage: "after",
      });
      expect(other.connectionCount).toBe(0);
    },
  );

  test("a body of 1 GB is read to the limit, and the socket is closed", async () => {
    let written = 0;
    const endpoint = await tcpEndpoint((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        const piece = Buffer.alloc(100_000, "x");
        const more = (): void => {
          while (!socket.destroyed && written < 1_000_000_000) {
            written += piece.length;
            if (!socket.write(piece)) return;
          }
        };
        socket.on("drain", more);
        more();
      });
    });
    const outcome = await testSender().send({ ...delivery, url: endpoint.url });
    expect(outcome).toMatchObject({ isBodyCut: true, kind: "answered", status: 200 });
    expect(outcome.kind === "answered" && outcome.body.length).toBe(64 * 1024);
    await expect.poll(() => endpoint.sockets.size).toBe(0);
    // What the sockets' buffers of both sides take, and not what was promised.
    expect(written).toBeLessThan(50_000_000);
  });

  test("a body that ends at the limit is whole", async () => {
    const endpoint = await httpEndpoint((_request, response) => response.end("x".repeat(1_000)));
    const sender = testSender({ limits: { responseBytesMax: 1_000 } });
    const outcome = await sender.send({ ...delivery, url: endpoint.url });
    expect(outcome).toMatchObject({ isBodyCut: false, kind: "answered" });
    await sender.send({ ...delivery, url: endpoint.url });
    expect(endpoint.connectionCount).toBe(1);
  });
});

describe("an endpoint that cannot be reached", () => {
  const before = { kind: "failed", mayHaveArrived: false, response: null, stage: "before" };

  test("one where nothing listens", async () => {
    const closed = await unusedPort();
    const outcome = await testSender().send({ ...delivery, url: `http://127.0.0.1:${closed}/` });
    expect(outcome).toMatchObject({ ...before, reason: "connection_refused" });
  });

  test("one that does not accept connections in time", async () => {
    const { port, close } = await deafPort();
    const url = `http://127.0.0.1:${port}/`;
    const outcome = await testSender({ limits: short }).send({ ...delivery, url });
    await close();
    expect(outcome).toMatchObject({ ...before, reason: "connect_timeout" });
    expect(outcome.durationMs).toBeLessThan(short.totalTimeoutMs);
  });

  test("a name that is unknown, and one whose servers keep silent", async () => {
    const unknown = testSender({
      resolve: () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })),
    });
    const url = "http://nowhere.test/";
    expect(await unknown.send({ ...delivery, url })).toMatchObject({
      ...before,
      reason: "dns_failed",
    });
    const silent = testSender({ limits: short, resolve: () => new Promise(() => undefined) });
    expect(await silent.send({ ...delivery, url })).toMatchObject({
      ...before,
      reason: "dns_failed",
    });
    const empty = testSender({ resolve: async () => [] });
    expect(await empty.send({ ...delivery, url })).toMatchObject({
      ...before,
      reason: "dns_failed",
    });
  });

  test("a name that resolves to a private address, alone or among public ones", async () => {
    const endpoint = await httpEndpoint((_request, response) => response.end());
    const url = `http://inside.test:${endpoint.port}/`;
    for (const addresses of [["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["::ffff:127.0.0.1"]]) {
      const sender = testSender({ resolve: async () => addresses });
      const outcome = await sender.send({ ...delivery, policy: publicPolicy, url });
      expect(outcome).toMatchObject({ ...before, reason: "address_refused" });
    }
    expect(endpoint.connectionCount).toBe(0);
  });

  test("localhost by name, where private addresses are not allowed", async () => {
    const endpoint = await httpEndpoint((_request, response) => response.end());
    for (const name of ["localhost", "LOCALHOST.", "me.localhost"]) {
      const url = `http://${name}:${endpoint.port}/`;
      const outcome = await testSender().send({ ...delivery, policy: publicPolicy, url });
      expect(outcome).toMatchObject({ ...before, reason: "address_refused" });
    }
    expect(endpoint.connectionCount).toBe(0);
  });

  test("a name that means another address the second time gains nothing", async () => {
    const endpoint = await httpEndpoint((_request, response) => {
      response.setHeader("Connection", "close").end();
    });
    const answers = [["127.0.0.1"], ["169.254.169.254"]];
    let asked = 0;
    const resolve = async (): Promise<string[]> => answers[asked++] ?? [];
    const sender = testSender({ resolve });
    // No resolver of this machine knows the name, so only what was judged can have been connected to.
    const url = `http://rebound.test:${endpoint.port}/`;
    expect(await sender.send({ ...delivery, url })).toMatchObject({ kind: "answered" });
    expect(asked).toBe(1);
    await expect.poll(() => endpoint.sockets.size).toBe(0);
    const second = await sender.send({ ...delivery, url });
    expect(second).toMatchObject({ ...before, reason: "address_refused" });
    expect(asked).toBe(2);
  });

  test.each([
    ["ftp://127.0.0.1/", "url_invalid"],
    ["http://127.0.0.1:22/", "port_refused"],
    ["http://169.254.169.254/latest/meta-data", "address_refused"],
    ["http://[fe80::1]:8080/", "address_refused"],
  ])("%s is refused before anything is opened", async (url, reason) => {
    expect(await testSender().send({ ...delivery, url })).toMatchObject({ ...before, reason });
  });

  test("an address of IPv6 in the URL is reached", async () => {
    const server = createServer((socket) => {
      socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    });
    await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const outcome = await testSender().send({ ...delivery, url: `http://[::1]:${port}/` });
    server.close();
    expect(outcome).toMatchObject({ kind: "answered", status: 200 });
  });

  test("no message shows what is secret in the URL", async () => {
    const sender = testSender({
      limits: short,
      resolve: () => Promise.reject(new Error("secret")),
    });
    const silent = await httpEndpoint(() => undefined);
    const closed = await unusedPort();
    for (const host of [
      "nowhere.test",
      `127.0.0.1:${silent.port}`,
      `127.0.0.1:${closed}`,
      "127.0.0.1:22",
    ]) {
      const url = `http://secret:secret@${host}/secret?secret=secret`;
      expect(failureOf(await sender.send({ ...delivery, url })).message).not.toContain("secret");
    }
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A port whose program never takes a connection, once its queue is full: it waits for ever in a thread of its own. */
async function deafPort(): Promise<{ port: number; close: () => Promise<unknown> }> {
  const thread = new Worker(
    `const { createServer } = require("node:net");
     const { parentPort } = require("node:worker_threads");
     const server = createServer().listen({ backlog: 1, host: "127.0.0.1", port: 0 }, () => {
       parentPort.postMessage(server.address().port);
       setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
     });`,
    { eval: true },
  );
  const port = await new Promise<number>((resolve) => thread.once("message", resolve));
  await sleep(100);
  const fillers = [1, 2, 3].map(() =>
    createConnection(port, "127.0.0.1").on("error", () => undefined),
  );
  await sleep(100);
  const close = (): Promise<unknown> => {
    for (const filler of fillers) filler.destroy();
    return thread.terminate();
  };
  return { close, port };
}
