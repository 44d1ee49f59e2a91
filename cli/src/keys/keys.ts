/**
 * `istripe keys list`, `create` and `roll`. A list shows no key, only its last four characters; the text of a key that
 * was just made is alone on stdout, once, so that a script can take it and nothing else.
 */
import { callApi, oneLine, textIn, type WireObject } from "../api/api.ts";
import { connectionFlags } from "../api/connection.ts";
import type { Form } from "../api/http-request.ts";
import { listObjects } from "../api/pages.ts";
import type { Flags, Given, ReadingCommand } from "../line/command.ts";
import { CommandFailure, type ExitCode, exitCodes, usageFailure } from "../line/failure.ts";
import { didYouMean } from "../line/suggestion.ts";
import { writeData, writeNote } from "../line/terminal.ts";
import { keyTable } from "./key-table.ts";

const path = "/v1/istripe/api_keys";
/** More keys than an account should ever have; the list then says that it is cut. */
const keysMax = 10_000;

const json: Flags = { json: { about: "Prints the answer as one line of JSON." } };

export const keysListCommand: ReadingCommand = {
  about: "Lists the API keys of the account, without their text.",
  examples: ["istripe keys list", "istripe keys list --json"],
  flags: { ...json, ...connectionFlags },
  operands: [],
  run: async (given) => {
    const keys = await listObjects(given, { limit: keysMax, noun: "keys", path });
    writeData(given.isSet("json") ? oneLine({ data: keys, object: "list" }) : keyTable(keys));
    return exitCodes.ok;
  },
  words: ["keys", "list"],
};

const kinds = ["secret", "publishable", "restricted"];
const rights = ["none", "read", "write"];

export const keysCreateCommand: ReadingCommand = {
  about: "Makes an API key and prints it, this once.",
  examples: [
    "istripe keys create --name ci",
    "istripe keys create --kind restricted --name reports -p charge=read -p customer=read",
    "ISTRIPE_API_KEY=$(istripe keys create --kind publishable --name shop)",
  ],
  flags: {
    kind: { about: `${kinds.join(", ")}; secret by default.`, value: "kind" },
    name: { about: "What it is for, as lists show it.", value: "text" },
    permission: {
      about: `What a restricted key may do, for each resource: ${rights.join(", ")}.`,
      isRepeatable: true,
      short: "p",
      value: "resource=right",
    },
    ...json,
    ...connectionFlags,
  },
  operands: [],
  run: async (given) => {
    const kind = given.text("kind") ?? "secret";
    if (!kinds.includes(kind)) {
      throw usageFailure(`--kind takes ${kinds.join(", ")}.${didYouMean(kind, kinds)}`);
    }
    const permissions = given.texts("permission").map(readPermission);
    if (permissions.length > 0 && kind !== "restricted") {
      throw usageFailure("Only a restricted key has permissions: add --kind restricted.");
    }
    const name = given.text("name");
    const form: Form = [
      ["kind", kind],
      ...(name === undefined ? [] : ([["name", name]] as const)),
      ...permissions,
    ];
    const key = await callApi(given, { form, method: "POST", path });
    return showNewKey(given, key, "Made");
  },
  words: ["keys", "create"],
};

function readPermission(text: string): Form[number] {
  const [, resource, right = ""] = /^([a-z_]+)=([a-z]+)$/.exec(text) ?? [];
  if (resource === undefined || !rights.includes(right)) {
    throw usageFailure(
      `Each --permission takes a resource and one of ${rights.join(", ")}, such as -p charge=read.`,
    );
  }
  return [`permissions[${resource}]`, right];
}

export const keysRollCommand: ReadingCommand = {
  about: "Replaces an API key by a new one and prints that, this once.",
  examples: [
    "istripe keys roll mk_123",
    "istripe keys roll mk_123 --expires-in 86400",
    "NEW_KEY=$(istripe keys roll mk_123 --expires-in 3600)",
  ],
  flags: {
    "expires-in": {
      about: "Seconds for which the old key goes on working: 0 by default.",
      value: "seconds",
    },
    ...json,
    ...connectionFlags,
  },
  operands: ["key id"],
  run: async (given) => {
    const expiresIn = given.text("expires-in") ?? "0";
    if (!/^\d{1,9}$/.test(expiresIn)) {
      throw usageFailure("--expires-in takes a whole number of seconds.");
    }
    const key = await callApi(given, {
      form: [["expires_in", expiresIn]],
      method: "POST",
      path: `${path}/${readKeyId(given.operands[0] ?? "")}/roll`,
    });
    const end = expiresIn === "0" ? "no longer works" : `works for ${expiresIn} seconds more`;
    return showNewKey(given, key, `The old key ${end}. Made`);
  },
  words: ["keys", "roll"],
};

/** A path travels through logs, so a key's text must not get into one by mistake. */
function readKeyId(text: string): string {
  if (/^mk_[0-9A-Za-z]{1,250}$/.test(text)) return text;
  throw usageFailure(
    "Give the key's id, which begins with mk_ and which `istripe keys list` shows.",
  );
}

/** The key itself to stdout, what is said about it to stderr. */
function showNewKey(given: Given, key: WireObject, done: string): ExitCode {
  const secret = textIn(key, "secret");
  if (given.isSet("json")) writeData(oneLine(key));
  else if (secret !== undefined) writeData(`${secret}\n`);
  else throw new CommandFailure(exitCodes.failed, "The server made a key but did not send it.");
  const mode = key["livemode"] === true ? "live" : "test";
  const kind = textIn(key, "kind") ?? "";
  writeNote(`${done} the ${kind} key ${textIn(key, "id")} (${mode} mode). It is shown this once.`);
  return exitCodes.ok;
}
