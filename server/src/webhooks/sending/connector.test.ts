/** The guarantees of the connector and the resolver that a whole delivery cannot show. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { isRefusal, judgeUrl } from "./address-guard.ts";
import { createConnector, type Destination, destinationOf } from "./connector.ts";
import { createResolver } from "./resolver.ts";
import { closeAll, openPolicy, publicPolicy, tcpEndpoint } from "./test-endpoints.ts";

afterEach(closeAll);

const connect = createConnector({ connectTimeoutMs: 2_000, resolve: createResolver() });

/** A destination that was judged under one policy and is connected to under another. */
function smuggled(url: string): Destination {
  const target = judgeUrl(url, openPolicy);
  if (isRefusal(target)) throw new Error(target.message);
  return destinationOf(target, publicPolicy);
}

describe("the connector", () => {
  test("a socket whose peer may not be reached is closed before a byte is written", async () => {
    let byteCount = 0;
    const endpoint = await tcpEndpoint((socket) => {
      socket.on("data", (piece) => {
        byteCount += piece.length;
      });
    });
    await expect(connect(smuggled(endpoint.url)).connected).rejects.toMatchObject({
      failure: { reason: "address_refused" },
    });
    await expect.poll(() => endpoint.sockets.size).toBe(0);
    expect(byteCount).toBe(0);
  });

  test("an attempt that is called off leaves no socket open", async () => {
    const endpoint = await tcpEndpoint((socket) => socket.resume());
    const url = endpoint.url.replace("http:", "https:");
    const target = judgeUrl(url, openPolicy);
    if (isRefusal(target)) throw new Error(target.message);
    const connecting = connect(destinationOf(target, openPolicy));
    await expect.poll(() => endpoint.connectionCount).toBe(1);
    connecting.cancel();
    await expect(connecting.connected).rejects.toMatchObject({ failure: { reason: "canceled" } });
    await expect.poll(() => endpoint.sockets.size).toBe(0);
  });

  test("a name that is resolved after the time is up is not connected to", async () => {
    const endpoint = await tcpEndpoint((socket) => socket.resume());
    const resolve = async (): Promise<string[]> => {
      await sleep(150);
      return ["127.0.0.1"];
    };
    const slow = createConnector({ connectTimeoutMs: 50, resolve });
    const target = judgeUrl(`http://slow.test:${endpoint.port}/`, openPolicy);
    if (isRefusal(target)) throw new Error(target.message);
    await expect(slow(destinationOf(target, openPolicy)).connected).rejects.toMatchObject({
      failure: { reason: "dns_failed" },
    });
    await sleep(200);
    expect(endpoint.connectionCount).toBe(0);
  });
});

describe("the resolver", () => {
  test("localhost is this machine and nobody is asked", async () => {
    const resolve = createResolver();
    for (const name of ["localhost", "LocalHost.", "app.localhost"]) {
      expect(await resolve(name)).toEqual(["127.0.0.1", "::1"]);
    }
  });

  test("a name that merely ends like it is asked for", async () => {
    await expect(createResolver()("notlocalhost.invalid")).rejects.toThrow();
  });
});
