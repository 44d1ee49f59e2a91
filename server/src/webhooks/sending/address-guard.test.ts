/** The guarantees of the address guard: what may not be reached is refused in every spelling, and what may is not. */
import { describe, expect, test } from "vitest";
import { isRefusal, judgeAddress, judgeUrl, type Target } from "./address-guard.ts";

const open = { allowPrivate: true, requireTls: false };
const onlyPublic = { allowPrivate: false, requireTls: false };
const live = { allowPrivate: false, requireTls: true };

function reasonOf(url: string, policy = onlyPublic): string | null {
  const judged = judgeUrl(url, policy);
  return isRefusal(judged) ? judged.reason : null;
}

function targetOf(url: string, policy = open): Target {
  const judged = judgeUrl(url, policy);
  if (isRefusal(judged)) throw new Error(judged.message);
  return judged;
}

describe("addresses", () => {
  test.each([
    "1.1.1.1",
    "8.8.8.8",
    "2606:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:1.1.1.1",
  ])("%s is public", (address) => {
    expect(judgeAddress(address, onlyPublic)).toBeNull();
  });

  const privateOnes = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:a00:1",
    "::127.0.0.1",
    "fc00::1",
    "fd12:3456::1",
  ];

  test.each(privateOnes)("%s is reached only while the operator allows it", (address) => {
    expect(judgeAddress(address, onlyPublic)?.reason).toBe("address_refused");
    expect(judgeAddress(address, open)).toBeNull();
  });

  test.each([
    ["0.0.0.0", "this machine"],
    ["0.1.2.3", "this network"],
    ["::", "this machine"],
    ["169.254.169.254", "a cloud's metadata"],
    ["::ffff:169.254.169.254", "a cloud's metadata, mapped"],
    ["fd00:ec2::254", "a cloud's metadata in IPv6"],
    ["168.63.129.16", "a cloud's metadata at a public address"],
    ["fe80::1", "link-local"],
    ["fec0::1", "site-local"],
    ["100.64.0.1", "carrier-grade NAT"],
    ["192.0.0.192", "protocol assignments"],
    ["192.0.2.1", "documentation"],
    ["198.51.100.1", "documentation"],
    ["203.0.113.1", "documentation"],
    ["2001:db8::1", "documentation"],
    ["3fff::1", "documentation"],
    ["198.18.0.1", "benchmarking"],
    ["2001:2::1", "benchmarking"],
    ["224.0.0.1", "multicast"],
    ["ff02::1", "multicast"],
    ["255.255.255.255", "broadcast"],
    ["240.0.0.1", "reserved"],
    ["64:ff9b::7f00:1", "NAT64 of loopback"],
    ["64:ff9b::1.1.1.1", "NAT64"],
    ["64:ff9b:1::1", "local NAT64"],
    ["2002:7f00:1::1", "6to4 of loopback"],
    ["2001::1", "Teredo"],
    ["100::1", "discard"],
    ["5f00::1", "segment routing"],
    ["4000::1", "never given out"],
    ["::7", "never given out"],
    ["", "no address"],
    ["localhost", "no address"],
  ])("%s is never reached: %s", (address) => {
    expect(judgeAddress(address, onlyPublic)?.reason).toBe("address_refused");
    const stillRefused = judgeAddress(address, open)?.reason;
    expect(stillRefused).toBe("address_refused");
  });
});

describe("URLs", () => {
  test.each([
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.0.0.1./",
    "http://%31%32%37.0.0.1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://1.1.1.1@127.0.0.1/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://0/",
    "http://[::]/",
  ])("%s is this machine, however it is spelled", (url) => {
    expect(reasonOf(url)).toBe("address_refused");
  });

  test("a name is left to what it resolves to", () => {
    expect(reasonOf("https://example.com/webhooks")).toBeNull();
    expect(reasonOf("http://localhost:4242/")).toBeNull();
  });

  test.each([
    "",
    "example.com",
    "//example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "http://",
  ])("%j is no URL of an endpoint", (url) => {
    expect(reasonOf(url)).toBe("url_invalid");
  });

  test("where TLS is asked for, plain HTTP is refused", () => {
    expect(reasonOf("http://example.com/", live)).toBe("tls_required");
    expect(reasonOf("https://example.com/", live)).toBeNull();
  });

  test.each([22, 25, 79, 81, 444, 1023, 2049, 6000, 6667, 10_080])("port %i is refused", (port) => {
    expect(reasonOf(`http://example.com:${port}/`)).toBe("port_refused");
  });

  test.each([80, 443, 1024, 3000, 4242, 8080, 8443, 65_535])("port %i is open", (port) => {
    expect(reasonOf(`http://example.com:${port}/`)).toBeNull();
  });

  test("a target has what a request needs", () => {
    expect(targetOf("https://EXAMPLE.com/a%20b?c=d#e")).toEqual({
      authorization: null,
      hostname: "example.com",
      isLiteral: false,
      origin: "https://example.com",
      path: "/a%20b?c=d",
      port: 443,
      protocol: "https:",
    });
    expect(targetOf("http://[::1]:4242")).toMatchObject({
      hostname: "::1",
      isLiteral: true,
      origin: "http://[::1]:4242",
      path: "/",
      port: 4242,
    });
  });

  test("the user name and the password become Basic authorization and nothing else", () => {
    const target = targetOf("https://us%40er:p%3Ass%@example.com/webhooks");
    const authorization = `Basic ${Buffer.from("us@er:p%3Ass%").toString("base64")}`;
    expect(target.authorization).toBe(authorization);
    expect(JSON.stringify({ ...target, authorization: null })).not.toMatch(/us@er|ss%/);
  });

  test("no refusal shows a path, a query or credentials", () => {
    const urls = ["ftp", "http", "https"].flatMap((scheme) =>
      ["example.com:22", "127.0.0.1", "["].map(
        (host) => `${scheme}://secret:secret@${host}/secret?secret`,
      ),
    );
    for (const url of urls) {
      const judged = judgeUrl(url, live);
      expect(judged).toHaveProperty("message");
      expect(JSON.stringify(judged)).not.toContain("secret");
    }
  });
});
