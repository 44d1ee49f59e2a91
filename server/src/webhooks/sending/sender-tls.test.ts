/** The guarantees of TLS: only a certificate that is valid, for this host and from a known authority is sent anything. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { testCertificate } from "../../../../tests/support/test-certificate.ts";
import { closeAll, delivery, tcpEndpoint, testSender, tlsEndpoint } from "./test-endpoints.ts";

afterEach(closeAll);

const folder = mkdtempSync(join(tmpdir(), "sender-tls-"));
afterAll(() => rmSync(folder, { recursive: true }));

const certificate = testCertificate();
const caFile = fileOf("ca.pem", certificate.cert);
const failedBefore = { kind: "failed", mayHaveArrived: false, stage: "before" };

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The same certificate with an end that has passed. Its signature is void, which no one asks of an authority's own. */
function expired(pem: string): string {
  const der = Buffer.from(pem.replace(/-----.*-----/g, ""), "base64");
  der.write("200102", der.indexOf("491231000000Z"), "latin1");
  return `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;
}

describe("TLS", () => {
  test("an authority of one's own is trusted besides the others", async () => {
    let servername: string | false | undefined;
    const endpoint = await tlsEndpoint(certificate, (request, response) => {
      servername = Reflect.get(request.socket, "servername");
      response.end("ok");
    });
    const sender = testSender({ caFile });
    const url = `https://localhost:${endpoint.port}/`;
    for (const count of [1, 2, 3]) {
      expect(await sender.send({ ...delivery, url }), `${count}`).toMatchObject({ status: 200 });
    }
    expect(servername).toBe("localhost");
    expect(endpoint.connectionCount).toBe(1);
  });

  test("a certificate may be for an address", async () => {
    const endpoint = await tlsEndpoint(certificate, (_request, response) => response.end("ok"));
    const sender = testSender({ caFile });
    expect(await sender.send({ ...delivery, url: endpoint.url })).toMatchObject({ status: 200 });
  });

  test("an unknown authority is not trusted", async () => {
    let requestCount = 0;
    const endpoint = await tlsEndpoint(certificate, (_request, response) => {
      requestCount += 1;
      response.end("ok");
    });
    const outcome = await testSender().send({ ...delivery, url: endpoint.url });
    expect(outcome).toMatchObject({
      ...failedBefore,
      message: expect.stringMatching(/self-signed/),
      reason: "tls_failed",
    });
    expect(requestCount).toBe(0);
  });

  test("an expired certificate is refused", async () => {
    const past = { ...certificate, cert: expired(certificate.cert) };
    const endpoint = await tlsEndpoint(past, (_request, response) => response.end("ok"));
    const sender = testSender({ caFile: fileOf("expired.pem", past.cert) });
    expect(await sender.send({ ...delivery, url: endpoint.url })).toMatchObject({
      ...failedBefore,
      message: "The endpoint is not trusted: its certificate has expired (CERT_HAS_EXPIRED).",
      reason: "tls_failed",
    });
  });

  test("a certificate for another name is refused", async () => {
    const endpoint = await tlsEndpoint(certificate, (_request, response) => response.end("ok"));
    const sender = testSender({ caFile, resolve: async () => ["127.0.0.1"] });
    const url = `https://other.test:${endpoint.port}/`;
    expect(await sender.send({ ...delivery, url })).toMatchObject({
      ...failedBefore,
      message: expect.stringMatching(/another host name/),
      reason: "tls_failed",
    });
  });

  test("an endpoint that does not speak TLS is no endpoint for https", async () => {
    const endpoint = await tcpEndpoint((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
    const url = `https://127.0.0.1:${endpoint.port}/`;
    expect(await testSender().send({ ...delivery, url })).toMatchObject({
      ...failedBefore,
      reason: "tls_failed",
    });
  });

  test("an endpoint that accepts and does not complete TLS ends in time", async () => {
    const endpoint = await tcpEndpoint((socket) => socket.resume());
    const url = `https://127.0.0.1:${endpoint.port}/`;
    const sender = testSender({ limits: { connectTimeoutMs: 150 } });
    expect(await sender.send({ ...delivery, url })).toMatchObject({
      ...failedBefore,
      reason: "connect_timeout",
    });
    await expect.poll(() => endpoint.sockets.size).toBe(0);
  });

  test("an endpoint that closes during TLS", async () => {
    const endpoint = await tcpEndpoint((socket) => {
      socket.once("data", () => socket.resetAndDestroy());
    });
    const url = `https://127.0.0.1:${endpoint.port}/`;
    expect(await testSender().send({ ...delivery, url })).toMatchObject({
      ...failedBefore,
      reason: "tls_failed",
    });
  });

  test("a file without a certificate is no authority", () => {
    const empty = fileOf("empty.pem", "nothing\n");
    expect(() => testSender({ caFile: empty })).toThrow(/no certificate/);
    expect(() => testSender({ caFile: join(folder, "absent.pem") })).toThrow(/ENOENT/);
  });
});
