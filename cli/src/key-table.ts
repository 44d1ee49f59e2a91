/**
 * API keys as a table for people. Names were chosen by whoever made the keys, so they are made printable; a key's text
 * is not there to be shown.
 */
import { isObject, textIn, type WireObject } from "./api.ts";
import { printable } from "./redaction.ts";

const columns: readonly { readonly title: string; readonly of: (key: WireObject) => string }[] = [
  { of: (key) => textIn(key, "id") ?? "", title: "ID" },
  { of: (key) => textIn(key, "kind") ?? "", title: "KIND" },
  { of: (key) => (key["livemode"] === true ? "live" : "test"), title: "MODE" },
  { of: (key) => `…${textIn(key, "last4") ?? ""}`, title: "KEY" },
  { of: (key) => dateOf(key["created"]), title: "CREATED" },
  { of: (key) => dateOf(key["expires_at"]), title: "EXPIRES" },
  { of: (key) => permissionsOf(key["permissions"]), title: "PERMISSIONS" },
  { of: (key) => textIn(key, "name") ?? "", title: "NAME" },
];

/** One line for the titles and one for each key. */
export function keyTable(keys: readonly WireObject[]): string {
  const rows = [
    columns.map(({ title }) => title),
    ...keys.map((key) => columns.map((column) => printable(column.of(key)))),
  ];
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  "));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

/** `2026-01-31 13:05 UTC`; a dash for what has no time. */
function dateOf(seconds: unknown): string {
  const time = typeof seconds === "number" ? new Date(seconds * 1000) : undefined;
  if (time === undefined || Number.isNaN(time.getTime())) return "-";
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Only a restricted key has them. */
const permissionsOf = (permissions: unknown): string =>
  isObject(permissions)
    ? Object.entries(permissions)
        .map(([resource, right]) => `${resource}=${right}`)
        .join(",")
    : "-";
