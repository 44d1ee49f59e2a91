/**
 * API keys as a table: what a list shows of a key, and what it never can.
 */
import { expect, it } from "vitest";
import { keyTable } from "./key-table.ts";

const key = {
  created: 1_700_000_000,
  expires_at: null,
  id: "mk_1",
  kind: "restricted",
  last4: "wXyZ",
  livemode: false,
  name: "reports",
  object: "istripe.api_key",
  permissions: { charge: "read", customer: "write" },
};

it("has a line for each key, with its last four characters, rights and times", () => {
  const [titles = "", line = "", ...rest] = keyTable([key]).split("\n");
  expect(titles.split(/ {2,}/)).toEqual([
    ...["ID", "KIND", "MODE", "KEY", "CREATED", "EXPIRES", "PERMISSIONS", "NAME"],
  ]);
  expect(line.split(/ {2,}/)).toEqual([
    ...["mk_1", "restricted", "test", "…wXyZ", "2023-11-14 22:13:20 UTC", "-"],
    ...["charge=read,customer=write", "reports"],
  ]);
  expect(rest).toEqual([""]);
});

it("shows no field that it does not know, not even a key's text", () => {
  expect(keyTable([{ ...key, secret: "sk_test_secret" }])).not.toContain("sk_test");
});

it("shows an expiry, live mode and no rights as such", () => {
  const table = keyTable([
    { ...key, expires_at: 1_700_086_400, kind: "secret", livemode: true, permissions: null },
  ]);
  expect(table).toContain("2023-11-15 22:13:20 UTC");
  expect(table).toMatch(/secret +live/);
  expect(table).not.toContain("null");
});

it("lets no name control the terminal or add a line", () => {
  const table = keyTable([{ ...key, name: "\u001B[2Jgone\nmk_2  secret" }]);
  expect(table).not.toContain("\u001B");
  expect(table.split("\n")).toHaveLength(3);
});

it("of no keys is the titles alone", () => {
  expect(keyTable([]).split("\n")).toHaveLength(2);
});
