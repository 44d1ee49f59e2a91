/**
 * TLS: the API is served over it alone, in no version older than 1.2, with the certificate that was given.
 */
import { writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { releaseAll, type ServerChild, startServer, temporaryDirectory } from "../crash/process.ts";
import { send } from "../support/http.ts";
import { testCertificate } from "../support/test-certificate.ts";

const certificate = testCertificate();
let server: ServerChild;

beforeAll(async () => {
  const directory = temporaryDirectory();
  const certFile = join(directory, "cert.pem");
  const keyFile = join(directory, "key.pem");
  writeFileSync(certFile, certificate.cert);
  writeFileSync(keyFile, certificate.key, { mode: 0o600 });
  server = await startServer({
    args: [
      ...["--data-dir", join(directory, "data"), "--log-level", "silent"],
      ...["--tls-cert", certFile, "--tls-key", keyFile],
    ],
  });
});

afterAll(releaseAll);

/** @returns the version that both sides agreed on. */
function handshake(options: ConnectionOptions): Promise<string | null> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(
      { ca: certificate.cert, host: hostname, port: Number(port), ...options },
      () => {
        resolve(socket.getProtocol());
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });
}

it("the API answers over https to a client that trusts the certificate", async () => {
  expect(server.url).toMatch(/^https:\/\//);
  const agent = new Agent({ ca: certificate.cert });
  const headers = { authorization: `Bearer ${server.secret_key}` };
  const status = await new Promise((resolve, reject) => {
    request(`${server.url}/v1/balance`, { agent, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on("error", reject)
      .end();
  });
  agent.destroy();
  expect(status).toBe(200);
});

it("TLS 1.3 and 1.2 are spoken, and the newest is chosen", async () => {
  expect(await handshake({})).toBe("TLSv1.3");
  expect(await handshake({ maxVersion: "TLSv1.2" })).toBe("TLSv1.2");
});

it("TLS 1.1 and 1.0 are refused by the server, whatever the client would allow", async () => {
  for (const version of ["TLSv1.1", "TLSv1"] as const) {
    const old = { ciphers: "DEFAULT@SECLEVEL=0", maxVersion: version, minVersion: version };
    // The alert comes from the other side: this client would have spoken the old version.
    await expect(handshake(old)).rejects.toThrow(/alert protocol version/i);
  }
});

it("plain http on the same port is not answered", async () => {
  const plain = server.url.replace("https:", "http:");
  await expect(send(plain, { key: server.secret_key, path: "/v1/balance" })).rejects.toThrow();
});
