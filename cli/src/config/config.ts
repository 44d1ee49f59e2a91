/**
 * `istripe config set`, `list` and `unset`: keeps addresses and keys under the names of profiles. A key is best given on
 * stdin, where no list of processes shows it, and it is never shown again: lists have its last four characters.
 */

import { resolve } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { oneLine } from "../api/api.ts";
import { readBase, readKey } from "../api/connection.ts";
import type { Flags, ReadingCommand } from "../line/command.ts";
import { exitCodes, usageFailure } from "../line/failure.ts";
import { didYouMean } from "../line/suggestion.ts";
import { table } from "../line/table.ts";
import { writeData, writeNote } from "../line/terminal.ts";
import { namedProfile, readProfiles, writeProfiles } from "./profiles.ts";
import { type SettingName, type Settings, settingNames } from "./settings.ts";

const profileFlag: Flags = {
  profile: { about: "The profile to change: default by default.", value: "name" },
};

export const configSetCommand: ReadingCommand = {
  about: "Keeps a setting in a profile; without a value, or with -, reads it from stdin.",
  choices: settingNames,
  examples: [
    "istripe config set api-base https://pay.example.com --profile staging",
    "istripe config set api-key --profile staging < key.txt",
    "istripe get /v1/balance --profile staging",
  ],
  flags: profileFlag,
  notes: `Settings: ${settingNames.join(", ")}. The profile "default" counts where none is named. A profile's key is sent to the
profile's server only. Kept in $XDG_CONFIG_HOME/istripe/config.json, which only you can read.`,
  operands: ["setting"],
  optionalOperand: "value",
  run: async (given) => {
    const [setting = "", typed] = given.operands;
    const name = readSettingName(setting);
    const profile = namedProfile(given).name;
    const value = readValue(
      name,
      typed === undefined || typed === "-" ? await fromStdin(name) : typed,
    );
    const { entries } = readProfiles(given.environment);
    const changed = new Map(entries).set(profile, { ...entries.get(profile), [name]: value });
    const file = writeProfiles(given.environment, changed);
    writeNote(`Kept ${name} of the profile ${profile} in ${file}.`);
    return exitCodes.ok;
  },
  words: ["config", "set"],
};

export const configUnsetCommand: ReadingCommand = {
  about: "Forgets a setting of a profile, or the whole profile.",
  choices: settingNames,
  examples: ["istripe config unset api-key", "istripe config unset --profile staging"],
  flags: profileFlag,
  operands: [],
  optionalOperand: "setting",
  run: async (given) => {
    const [setting] = given.operands;
    const { name: profile, isTyped } = namedProfile(given);
    if (setting === undefined && !isTyped) {
      throw usageFailure("Say what to forget: a setting, or a whole profile with --profile.");
    }
    const { entries, find } = readProfiles(given.environment);
    const remaining = without(find(profile, isTyped), setting);
    const changed = new Map(entries);
    if (Object.keys(remaining).length === 0) changed.delete(profile);
    else changed.set(profile, remaining);
    if (entries.size > 0) writeProfiles(given.environment, changed);
    writeNote(`Forgot ${setting === undefined ? "" : `${setting} of `}the profile ${profile}.`);
    return exitCodes.ok;
  },
  words: ["config", "unset"],
};

function without(settings: Settings, setting: string | undefined): Settings {
  if (setting === undefined) return {};
  const forgotten = readSettingName(setting);
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name !== forgotten));
}

export const configListCommand: ReadingCommand = {
  about: "Lists the profiles, with no more of a key than its last four characters.",
  examples: ["istripe config list", "istripe config list --json"],
  flags: { json: { about: "Prints the list as one line of JSON." } },
  operands: [],
  run: async (given) => {
    const shown = [...readProfiles(given.environment).entries]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([profile, settings]) => ({ profile, ...masked(settings) }));
    writeData(
      given.isSet("json")
        ? oneLine({ data: shown, object: "list" })
        : table(shown, [
            { of: ({ profile }) => profile, title: "PROFILE" },
            ...settingNames.map((name) => ({
              of: (row: Settings) => row[name] ?? "-",
              title: name.toUpperCase().replace("-", " "),
            })),
          ]),
    );
    return exitCodes.ok;
  },
  words: ["config", "list"],
};

const masked = (settings: Settings): Settings =>
  settings["api-key"] === undefined
    ? settings
    : { ...settings, "api-key": maskedKey(settings["api-key"]) };

/** `sk_test_…wXyZ`; of what is too short or no key of Stripe's form, nothing. */
function maskedKey(key: string): string {
  const [, prefix = "", rest = ""] = /^([a-z]{2}_(?:test|live)_)?(.*)$/.exec(key) ?? [];
  return `${prefix}…${rest.length >= 16 ? rest.slice(-4) : ""}`;
}

function readSettingName(text: string): SettingName {
  const found = settingNames.find((name) => name === text);
  if (found !== undefined) return found;
  throw usageFailure(
    `The settings are ${settingNames.join(", ")}.${didYouMean(text, settingNames)}`,
  );
}

/** As it will be used; what could not be is refused now. */
function readValue(name: SettingName, text: string): string {
  const value = text.trim();
  if (value === "") throw usageFailure(`Give a value for ${name}; unset forgets one.`);
  switch (name) {
    case "api-base":
      return readBase(value).href.replace(/\/$/, "");
    case "api-key":
      return readKey(value);
    case "data-dir":
      return resolve(value);
  }
}

/** @returns all of stdin: one line, when a person types it. */
async function fromStdin(name: SettingName): Promise<string> {
  if (process.stdin.isTTY) {
    throw usageFailure(`Give a value for ${name}, or pipe one in, as from a file with <.`);
  }
  return await textOf(process.stdin);
}
