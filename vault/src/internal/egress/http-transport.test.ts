/** The guarantees of egress over HTTP, against real servers: one fixed address, bounded, and honest about what may have arrived. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { testCertificate } from "../../../../tests/support/test-certificate.ts";
import { handleOf, openTestVault, visa } from "../test-vault.ts";
import type { CardToSend } from "./egress.ts";
import { createHttpSender, type HttpTransport } from "./http-transport.ts";
import { cardSlots } from "./request-filling.ts";

const { vault } = openTestVault();
const binding = { accountId: "acct_1", livemode: false, reference: "card_1" };
const body = { number: cardSlots.number, cvc: cardSlots.cvc, note: "é" };
const closers: (() => void)[] = [];
let destinationCount = 0;

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Starts a server on a port of its own and returns its port. */
async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Starts a processor that answers with `respond`. */
async function processor(respond: RequestListener): Promise<HttpTransport> {
  return { url: `http://127.0.0.1:${await listen(createServer(respond))}/v2`, timeoutMs: 2_000 };
}

function sealedCard(): CardToSend {
  const handle = handleOf(vault, visa, "987");
  const { blob } = vault.seal(handle, binding);
  vault.ingress.release(handle);
  return { sealed: blob, binding };
}

function allow(transport: HttpTransport): string {
  const name = `http ${destinationCount++}`;
  vault.egress.allow({ name, transport });
  return name;
}

function send(destination: string, card: CardToSend, path = "/authorizations") {
  return vault.egress.send({ destination, card, request: { method: "POST", path, body } });
}

describe("a request over HTTP", () => {
  test("arrives with the card in it, under the allowed address, and the reply comes back scrubbed", async () => {
    const got: unknown[] = [];
    const transport = await processor(async (request, response) => {
      got.push(request.method, request.url, request.headers["x-key"], await bodyOf(request));
      got.push(request.headers["content-type"]);
      response.writeHead(402).end(`{"echo":"${visa}","cvc":"987"}`);
    });
    const destination = allow({
      ...transport,
      headers: { "X-Key": "secret", "Content-Type": "x" },
    });
    const card = sealedCard();
    expect(await send(destination, card)).toEqual({
      kind: "reply",
      status: 402,
      body: { echo: "[card]", cvc: "[card]" },
      cvc: "sent",
    });
    expect(got).toEqual([
      "POST",
      "/v2/authorizations",
      "secret",
      `{"number":"${visa}","cvc":"987","note":"é"}`,
      "application/json",
    ]);
    expect((await send(destination, card)).cvc).toBe("unavailable");
  });

  test("leaves no card in the bytes that were sent, whether a reply came or not", async () => {
    const transport = await processor((request, response) => {
      request.resume().on("end", () => response.end("{}"));
    });
    for (const { url, kind } of [
      { url: transport.url, kind: "reply" },
      { url: "http://127.0.0.1:1", kind: "unreachable" },
    ]) {
      const sender = createHttpSender({ url });
      const bytes = Buffer.from(`{"number":"${visa}"}`);
      const sent = await sender.send({ method: "POST", path: "/", body: bytes });
      expect(sent.kind).toBe(kind);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
      sender.close();
    }
  });

  test("uses one connection again and again", async () => {
    const ports = new Set<number | undefined>();
    const transport = await processor((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume().on("end", () => response.end("{}"));
    });
    const destination = allow(transport);
    for (let count = 0; count < 5; count++) await send(destination, sealedCard());
    expect(ports.size).toBe(1);
  });

  test("is sent though its handle is released while it is on its way", async () => {
    let got = "";
    const transport = await processor(async (request, response) => {
      got = await bodyOf(request);
      response.end(`{"echo":"${visa}"}`);
    });
    const handle = handleOf(vault, visa, "987");
    const sending = send(allow(transport), { handle });
    vault.ingress.release(handle);
    expect(await sending).toMatchObject({ kind: "reply", body: { echo: "[card]" } });
    expect(JSON.parse(got)).toMatchObject({ number: visa, cvc: "987" });
  });

  test("follows no redirect: the card goes to the allowed address only", async () => {
    const elsewhere: string[] = [];
    const other = await processor((request, response) => {
      elsewhere.push(request.url ?? "");
      response.end("{}");
    });
    const transport = await processor((request, response) => {
      request.resume().on("end", () => response.writeHead(307, { location: other.url }).end());
    });
    expect(await send(allow(transport), sealedCard())).toMatchObject({
      kind: "reply",
      status: 307,
    });
    expect(elsewhere).toEqual([]);
  });

  test.each([
    "authorizations",
    "//elsewhere.example/x".slice(2),
    "http://elsewhere.example/",
    "/a b",
    "/a\r\nx: y",
  ])("with the path %j is refused before it is sent", async (path) => {
    const transport = await processor((_, response) => response.end("{}"));
    await expect(send(allow(transport), sealedCard(), path)).rejects.toThrow("absolute path");
  });
});

describe("when no reply comes, a request over HTTP", () => {
  test("that found nobody is unreachable and cannot have arrived; its CVC waits for the next try", async () => {
    const port = await listen(createTcpServer());
    for (const close of closers.splice(0)) close();
    const card = sealedCard();
    const transport = { url: `http://127.0.0.1:${port}` };
    expect(await send(allow(transport), card)).toEqual({
      kind: "unreachable",
      mayHaveArrived: false,
      cvc: "sent",
    });
    const working = await processor((request, response) => {
      request.resume().on("end", () => response.end("{}"));
    });
    expect(await send(allow(working), card)).toMatchObject({ kind: "reply", cvc: "sent" });
    expect(await send(allow(working), card)).toMatchObject({ kind: "reply", cvc: "unavailable" });
  });

  test("times out, may have arrived, and its CVC is still there to ask again", async () => {
    const transport = await processor(() => undefined);
    const destination = allow({ ...transport, timeoutMs: 150 });
    const card = sealedCard();
    const begun = performance.now();
    expect(await send(destination, card)).toEqual({
      kind: "timeout",
      mayHaveArrived: true,
      cvc: "sent",
    });
    expect(performance.now() - begun).toBeLessThan(1_500);
    expect((await send(destination, card)).cvc).toBe("sent");
  });

  test("times out when the reply drips in for ever", async () => {
    const transport = await processor((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(drip));
    });
    const destination = allow({ ...transport, timeoutMs: 200 });
    expect(await send(destination, sealedCard())).toMatchObject({
      kind: "timeout",
      mayHaveArrived: true,
    });
  });

  test("whose connection breaks is unreachable and may have arrived", async () => {
    const port = await listen(
      createTcpServer((socket) => {
        socket.on("data", () => socket.destroy());
      }),
    );
    expect(await send(allow({ url: `http://127.0.0.1:${port}` }), sealedCard())).toEqual({
      kind: "unreachable",
      mayHaveArrived: true,
      cvc: "sent",
    });
  });

  test("whose reply breaks off half way is unreachable, and the half is not taken for a reply", async () => {
    const transport = await processor((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"outcome":"approved"}');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await send(allow(transport), sealedCard())).toMatchObject({
      kind: "unreachable",
      mayHaveArrived: true,
    });
  });

  test("whose reply is over 64 KiB is refused and may have arrived", async () => {
    const transport = await processor((_, response) => response.end("x".repeat(65_537)));
    const destination = allow(transport);
    const card = sealedCard();
    expect(await send(destination, card)).toEqual({
      kind: "refused",
      mayHaveArrived: true,
      cvc: "sent",
    });
    const exact = await processor((_, response) => response.end("x".repeat(65_536)));
    expect(await send(allow(exact), card)).toMatchObject({ kind: "reply", cvc: "sent" });
  });

  test("whose reply is not HTTP is refused and may have arrived", async () => {
    const port = await listen(
      createTcpServer((socket) => {
        socket.on("data", () => socket.end("not http at all\r\n\r\n"));
      }),
    );
    expect(await send(allow({ url: `http://127.0.0.1:${port}` }), sealedCard())).toMatchObject({
      kind: "refused",
      mayHaveArrived: true,
    });
  });
});

describe("over TLS", () => {
  const { key, cert } = testCertificate();

  async function tlsProcessor(got: string[]): Promise<string> {
    const server = createTlsServer({ key, cert }, async (request, response) => {
      got.push(await bodyOf(request));
      response.end("{}");
    });
    return `https://localhost:${await listen(server)}`;
  }

  test("a request reaches a processor whose certificate is trusted", async () => {
    const got: string[] = [];
    const destination = allow({ url: await tlsProcessor(got), ca: cert });
    expect(await send(destination, sealedCard())).toMatchObject({ kind: "reply", status: 200 });
    expect(await send(destination, sealedCard())).toMatchObject({ kind: "reply", status: 200 });
    expect(got).toHaveLength(2);
  });

  test("a processor whose certificate is not trusted gets nothing, and that is known", async () => {
    const got: string[] = [];
    const destination = allow({ url: await tlsProcessor(got) });
    expect(await send(destination, sealedCard())).toEqual({
      kind: "unreachable",
      mayHaveArrived: false,
      cvc: "sent",
    });
    expect(got).toEqual([]);
  });
});

describe("an address that a card may not be sent to is refused when it is named:", () => {
  test.each([
    "http://acquirer.example/",
    "http://10.0.0.1/",
    "http://127.evil.example/",
    "ftp://127.0.0.1/",
    "https://user:secret@acquirer.example/",
    "https://acquirer.example/?key=1",
    "not a url",
  ])("%s", (url) => {
    expect(() => vault.egress.allow({ name: `refused ${url}`, transport: { url } })).toThrow();
  });

  test("and the synchronous way is for processors in this process only", async () => {
    const destination = allow({ url: "https://acquirer.example/" });
    const request = { method: "POST", path: "/", body };
    const sending = { destination, card: sealedCard(), request };
    expect(() => vault.egress.sendNow(sending)).toThrow("not in this process");
  });
});
