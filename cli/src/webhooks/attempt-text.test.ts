/**
 * An attempt as text: how it ended, where it went and why it failed, and nothing that could control the terminal.
 */
import { expect, it } from "vitest";
import { attemptText } from "./deliveries.ts";

const attempt = {
  created: 1_700_000_000,
  diagnosis: null,
  duration_ms: 12,
  message: null,
  number: 1,
  outcome: "succeeded",
  reason: null,
  request: { body: "{}", headers: {}, url: "https://shop.example.com/hook" },
  status: 200,
};

it("that was taken has its status and the address", () => {
  expect(attemptText(attempt)).toBe(
    "2023-11-14 22:13:20 UTC  attempt 1  [200]  12 ms\n    https://shop.example.com/hook\n",
  );
});

it("that got no answer has the reason, the message and the diagnosis", () => {
  const text = attemptText({
    ...attempt,
    diagnosis: "The body was serialized again.",
    message: "The host is unknown.",
    outcome: "failed",
    reason: "dns_failed",
    status: null,
  });
  expect(text).toContain("[dns_failed]");
  expect(text).toMatch(/\n {4}The host is unknown\.\n {4}The body was serialized again\.\n$/);
});

it("lets no address and no message add a line or control the terminal", () => {
  const text = attemptText({ ...attempt, message: "a\nb\u001B[2J", request: { url: "x\r\u0007" } });
  expect(text.split("\n")).toHaveLength(4);
  expect(text.replaceAll("\n", "")).toMatch(/^\P{Cc}+$/u);
});
