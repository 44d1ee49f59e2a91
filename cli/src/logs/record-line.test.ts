/**
 * A record of the request log as a line: what it shows, and that nobody's path or message can control the terminal.
 */
import { expect, it } from "vitest";
import { recordLine } from "./tail.ts";

const record = {
  created: 1_700_000_000,
  duration_ms: 12.4,
  error_code: null,
  error_message: null,
  id: "req_1",
  method: "POST",
  path: "/v1/charges",
  status: 200,
};

it("has the time, the outcome, the request and how long it took", () => {
  expect(recordLine(record)).toBe(
    "2023-11-14 22:13:20 UTC  [200]  POST /v1/charges  req_1  12 ms\n",
  );
});

it("ends with the error, if there was one", () => {
  const failed = { ...record, error_code: "card_declined", error_message: "No.", status: 402 };
  expect(recordLine(failed)).toMatch(/\[402\].* 12 ms {2}card_declined {2}No\.\n$/);
});

it("is one line without control characters, whatever a request had in it", () => {
  const line = recordLine({
    ...record,
    error_message: "a\nb\u001B[2J",
    path: "/v1/\u001B]0;x\u0007\u202E",
    status: "\u001B[31m",
  });
  expect(line).toMatch(/^\P{Cc}+\n$/u);
  expect(line).not.toContain("\u202E");
});
