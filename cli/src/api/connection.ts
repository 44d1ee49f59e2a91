/**
 * Which server is called and with which key: flags, then the environment and the profiles that `istripe config` keeps,
 * then what a server on this machine keeps in its data directory. A kept key goes only where it belongs: a profile's to
 * the profile's server, the local server's to this machine.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { namedProfile, readProfiles } from "../config/profiles.ts";
import { type Settings, settingNames } from "../config/settings.ts";
import type { Flags, Given } from "../line/command.ts";
import { CommandFailure, exitCodes, usageFailure } from "../line/failure.ts";

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
  profile: { about: "Which of the profiles of `istripe config` to use.", value: "name" },
};

const defaultBase = "http://127.0.0.1:4242";

interface Layer {
  readonly isKept: boolean;
  readonly settings: Settings;
}

/** @throws CommandFailure when the address or the key cannot be used, or there is no key. */
export function readConnection(given: Given): Connection {
  const layers = layersOf(given);
  const base = readBase(settingIn(layers, "api-base") ?? defaultBase);
  const key =
    settingIn(
      layers.filter((layer) => mayReach(layer, base)),
      "api-key",
    ) ?? keptKey(base, resolve(settingIn(layers, "data-dir") ?? ".istripe"));
  return { base, key: readKey(key) };
}

/** What wins comes first: a profile that is asked for by name wins over the environment, and that over one that is not. */
function layersOf(given: Given): readonly Layer[] {
  const named = namedProfile(given);
  const profile = readProfiles(given.environment).find(named.name, named.isAsked);
  const kept: Layer = { isKept: true, settings: profile };
  const exported: Layer = {
    isKept: false,
    settings: settingsBy((name) => given.environment[variableOf(name)]),
  };
  const typed: Layer = { isKept: false, settings: settingsBy((name) => given.text(name)) };
  return named.isTyped ? [typed, kept, exported] : [typed, exported, kept];
}

const variableOf = (name: string): string => `ISTRIPE_${name.replaceAll("-", "_").toUpperCase()}`;

/** What is empty counts as not given. */
const settingsBy = (read: (name: string) => string | undefined): Settings =>
  Object.fromEntries(
    settingNames.flatMap((name) => {
      const value = read(name)?.trim() ?? "";
      return value === "" ? [] : [[name, value]];
    }),
  );

const settingIn = (layers: readonly Layer[], name: keyof Settings): string | undefined =>
  layers.map(({ settings }) => settings[name]).find((value) => value !== undefined);

/** A profile's key is for the server that the profile names, also where the address comes from elsewhere. */
const mayReach = ({ isKept, settings }: Layer, base: URL): boolean =>
  !isKept || readBase(settings["api-base"] ?? defaultBase).href === base.href;

/** @throws CommandFailure for what would end its header: Node's own error would not say which setting is wrong. */
export function readKey(text: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(text)) return text;
  throw usageFailure(
    "The API key holds characters that no key has: give it again, whole and alone.",
  );
}

/** @throws CommandFailure, without the text: an address may carry a password. */
export function readBase(text: string): URL {
  const base = URL.canParse(text) ? new URL(text) : undefined;
  const isUsable =
    base !== undefined &&
    /^https?:$/.test(base.protocol) &&
    `${base.username}${base.password}${base.search}${base.hash}` === "";
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
