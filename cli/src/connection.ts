/**
 * Which server is called and with which key: flags, then the environment, then what a server on this machine keeps in
 * its data directory. That kept key goes to this machine only; another one is never sent it.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Flags, Given } from "./command.ts";
import { CommandFailure, exitCodes, usageFailure } from "./failure.ts";

export interface Connection {
  /** `http:` or `https:`; its path is put before every path that is called. */
  readonly base: URL;
  readonly key: string;
}

/** The flags of every command that calls a server. */
export const connectionFlags: Flags = {
  "api-base": { about: "Where the server is: http://127.0.0.1:4242 by default.", value: "url" },
  "api-key": {
    about: "The key to call with. ISTRIPE_API_KEY keeps it out of the list of processes.",
    value: "key",
  },
  "data-dir": {
    about: "Where the local server keeps its data, its test keys among them.",
    value: "folder",
  },
};

const defaultBase = "http://127.0.0.1:4242";

/** @throws CommandFailure when the address or the key cannot be used, or there is no key. */
export function readConnection(given: Given): Connection {
  const setting = (flag: string): string | undefined => {
    const variable = given.environment[`ISTRIPE_${flag.replaceAll("-", "_").toUpperCase()}`];
    const value = (given.text(flag) ?? variable)?.trim();
    return value === "" ? undefined : value;
  };
  const base = readBase(setting("api-base") ?? defaultBase);
  const key = setting("api-key") ?? keptKey(base, resolve(setting("data-dir") ?? ".istripe"));
  // Anything else would end the header, and Node's own error would not say which setting is wrong.
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw usageFailure(
      "The API key holds characters that no key has: give it again, whole and alone.",
    );
  }
  return { base, key };
}

function readBase(text: string): URL {
  const base = URL.canParse(text) ? new URL(text) : undefined;
  const isUsable =
    base !== undefined &&
    /^https?:$/.test(base.protocol) &&
    `${base.username}${base.password}${base.search}${base.hash}` === "";
  // The text is not repeated: an address may carry a password.
  if (!isUsable) {
    throw usageFailure(
      `The API base is not a usable address: give one such as ${defaultBase}, with neither a password nor a query.`,
    );
  }
  return base;
}

const isThisMachine = ({ hostname }: URL): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);

const unauthenticated = (message: string): CommandFailure =>
  new CommandFailure(exitCodes.unauthenticated, message);

/** The test key that the server on this machine keeps for its owner. */
function keptKey(base: URL, dataDir: string): string {
  const advice = "Set ISTRIPE_API_KEY, or give --api-key.";
  if (!isThisMachine(base)) {
    throw unauthenticated(`There is no API key for ${base.origin}. ${advice}`);
  }
  const file = join(dataDir, "test-keys.json");
  const text = readText(file, advice);
  const key = secretKeyIn(text);
  if (key === undefined)
    throw unauthenticated(`The file ${file} does not hold test keys. ${advice}`);
  return key;
}

function readText(file: string, advice: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw unauthenticated(
      code === "ENOENT" || code === "ENOTDIR"
        ? `There is no API key: no server has kept test keys in ${file}. ${advice} --data-dir names another folder.`
        : `The test keys in ${file} cannot be read (${code}). ${advice}`,
    );
  }
}

function secretKeyIn(text: string): string | undefined {
  try {
    const { secret_key: key } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return typeof key === "string" ? key : undefined;
  } catch {
    return undefined;
  }
}
