/**
 * The address of a record names the server as its caller knows it, and nothing that a header may smuggle in.
 */
import { expect, test } from "vitest";
import { requestLogUrl } from "./url.ts";

const path = "/v1/istripe/request_logs/req_1";
const own = { isTls: false, publicUrl: null };

test.each(["localhost:4242", "127.0.0.1", "pay.example.com:80", "[::1]:4242", "istripe_1:4242"])(
  "the host that was asked: %s",
  (host) => {
    expect(requestLogUrl(own, host, "req_1")).toBe(`http://${host}${path}`);
    expect(requestLogUrl({ ...own, isTls: true }, host, "req_1")).toBe(`https://${host}${path}`);
  },
);

test("the address that the operator gave goes before the host that was asked", () => {
  for (const publicUrl of ["https://pay.example.com/istripe", "https://pay.example.com/istripe/"]) {
    expect(requestLogUrl({ isTls: false, publicUrl }, "localhost:4242", "req_1")).toBe(
      `https://pay.example.com/istripe${path}`,
    );
  }
});

test.each([undefined, "", "a/b", "user@host", "a b", 'a"', "a?b", "x".repeat(300), "a:123456"])(
  "a host that is none is not repeated: %s",
  (host) => {
    expect(requestLogUrl(own, host, "req_1")).toBe(`http://localhost${path}`);
  },
);
