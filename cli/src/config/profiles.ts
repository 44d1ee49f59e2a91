/**
 * The profiles in `$XDG_CONFIG_HOME/istripe/config.json`: named settings, API keys among them. The file is written
 * whole, mode 0600 in a folder of 0700, and one that others can read is refused: its keys are no secret any more.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Environment, Given } from "../line/command.ts";
import { CommandFailure, exitCodes, usageFailure } from "../line/failure.ts";
import { didYouMean } from "../line/suggestion.ts";
import { type Settings, settingNames } from "./settings.ts";

export interface Profiles {
  readonly entries: ReadonlyMap<string, Settings>;
  /** @throws CommandFailure for one that was asked for and is not there. */
  find(name: string, isAsked: boolean): Settings;
}

/** The one that is used when none is named. */
const defaultName = "default";

/** Which profile counts, and whether it was typed, or at least asked for at all. */
export function namedProfile(given: Given): {
  readonly isAsked: boolean;
  readonly isTyped: boolean;
  readonly name: string;
} {
  const typed = given.text("profile");
  const name = typed ?? (given.environment["ISTRIPE_PROFILE"] || undefined);
  if (name !== undefined && !/^[\w.-]{1,64}$/.test(name)) {
    throw usageFailure(
      "A profile's name has 1 to 64 letters, digits, dots, dashes and underscores.",
    );
  }
  return { isAsked: name !== undefined, isTyped: typed !== undefined, name: name ?? defaultName };
}

/** None where there is no file, or no home to keep one in. */
export function readProfiles(environment: Environment): Profiles {
  const file = fileOf(environment);
  const entries = file === undefined ? new Map<string, Settings>() : entriesOf(file);
  return {
    entries,
    find: (name, isAsked) => {
      const found = entries.get(name);
      if (found !== undefined || !isAsked) return found ?? {};
      throw usageFailure(
        `There is no profile ${name}.${didYouMean(name, [...entries.keys()])} \`istripe config set\` makes one.`,
      );
    },
  };
}

/** Replaces the whole file. @returns where it is. */
export function writeProfiles(
  environment: Environment,
  entries: ReadonlyMap<string, Settings>,
): string {
  const file = fileOf(environment);
  if (file === undefined) {
    throw new CommandFailure(
      exitCodes.failed,
      "There is no folder to keep settings in: set XDG_CONFIG_HOME or HOME.",
    );
  }
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { mode: 0o700, recursive: true });
    const kept = { profiles: Object.fromEntries(entries) };
    writeFileSync(draft, `${JSON.stringify(kept, null, 2)}\n`, { flag: "wx", mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw unusable(`The settings cannot be kept in ${file} (${codeOf(error)}).`, error);
  }
  return file;
}

function fileOf(environment: Environment): string | undefined {
  const home = environment["HOME"] || environment["USERPROFILE"];
  const folder =
    environment["XDG_CONFIG_HOME"] || (home === undefined ? "" : join(home, ".config"));
  return folder === "" ? undefined : join(folder, "istripe", "config.json");
}

function entriesOf(file: string): Map<string, Settings> {
  const text = textOf(file);
  if (text === undefined) return new Map();
  const entries = parsed(text);
  if (entries !== undefined) return entries;
  throw unusable(
    `The file ${file} does not hold profiles: mend it, or delete it and set them anew.`,
  );
}

function textOf(file: string): string | undefined {
  try {
    refuseWhatOthersRead(file);
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return undefined;
    throw unusable(`The settings in ${file} cannot be read (${codeOf(error)}).`, error);
  }
}

/** Windows has no such modes. */
function refuseWhatOthersRead(file: string): void {
  const mode = statSync(file).mode & 0o777;
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  throw unusable(
    `Others can read or change ${file} (mode ${mode.toString(8)}), and it may hold API keys: run chmod 600 ${file} and roll the keys that were in it.`,
  );
}

/** Undefined when it is not what {@link writeProfiles} writes. */
function parsed(text: string): Map<string, Settings> | undefined {
  try {
    const { profiles } = JSON.parse(text) as { readonly profiles?: unknown };
    if (typeof profiles !== "object" || profiles === null || Array.isArray(profiles))
      return undefined;
    const found = Object.entries(profiles);
    return found.every(([, settings]) => isSettings(settings)) ? new Map(found) : undefined;
  } catch {
    return undefined;
  }
}

const isSettings = (value: unknown): value is Settings =>
  typeof value === "object" &&
  value !== null &&
  Object.entries(value).every(
    ([name, setting]) =>
      (settingNames as readonly string[]).includes(name) &&
      typeof setting === "string" &&
      setting !== "",
  );

const unusable = (message: string, cause?: unknown): CommandFailure =>
  new CommandFailure(exitCodes.failed, message, { cause });

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown";
