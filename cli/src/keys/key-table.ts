/**
 * API keys as a table for people. A key's text is not there to be shown, and no field is shown that is not known.
 */
import { isObject, textIn, type WireObject } from "../api/api.ts";
import { type Column, table } from "../line/table.ts";
import { shownTime } from "../line/times.ts";

const columns: readonly Column<WireObject>[] = [
  { of: (key) => textIn(key, "id") ?? "", title: "ID" },
  { of: (key) => textIn(key, "kind") ?? "", title: "KIND" },
  { of: (key) => (key["livemode"] === true ? "live" : "test"), title: "MODE" },
  { of: (key) => `…${textIn(key, "last4") ?? ""}`, title: "KEY" },
  { of: (key) => shownTime(key["created"]), title: "CREATED" },
  { of: (key) => shownTime(key["expires_at"]), title: "EXPIRES" },
  { of: (key) => permissionsOf(key["permissions"]), title: "PERMISSIONS" },
  { of: (key) => textIn(key, "name") ?? "", title: "NAME" },
];

/** One line for the titles and one for each key. */
export const keyTable = (keys: readonly WireObject[]): string => table(keys, columns);

/** Only a restricted key has them. */
const permissionsOf = (permissions: unknown): string =>
  isObject(permissions)
    ? Object.entries(permissions)
        .map(([resource, right]) => `${resource}=${right}`)
        .join(",")
    : "-";
