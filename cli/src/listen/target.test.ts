/**
 * Where events go: the ways in which people write an address, and what is none.
 */
import { expect, it } from "vitest";
import { readTarget } from "./target.ts";

it.each([
  ["localhost:3000/webhooks", "http://localhost:3000/webhooks"],
  ["127.0.0.1:3000", "http://127.0.0.1:3000/"],
  ["[::1]:3000/a", "http://[::1]:3000/a"],
  ["3000", "http://localhost:3000/"],
  [":3000/webhooks?a=b", "http://localhost:3000/webhooks?a=b"],
  ["app.internal/webhooks", "http://app.internal/webhooks"],
  ["https://localhost:3000/webhooks", "https://localhost:3000/webhooks"],
  ["HTTP://localhost", "http://localhost/"],
])("%s is %s", (text, url) => {
  expect(readTarget(text).href).toBe(url);
});

it.each(["", "ftp://hunter2@localhost", "localhost:99999", "http://", "localhost/#hunter2"])(
  "%j is refused without being repeated",
  (text) => {
    expect(() => readTarget(text)).toThrow(
      /^--forward-to takes an address such as localhost:3000\/webhooks\.$/,
    );
  },
);
