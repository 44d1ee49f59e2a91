/**
 * Every setting with its unit and default, from flags and the environment. The only reader of `process.env`; a bad
 * value stops the start with one sentence that names the setting and the remedy.
 */
import { isIPv4 } from "node:net";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

export interface Config {
  /** Whether this process serves the API, or only sends webhooks beside a process that does. */
  readonly role: (typeof roles)[number];
  readonly host: string;
  readonly port: number;
  /** Null: nothing is written to disk. */
  readonly dataDir: string | null;
  /** Null: SQLite in the data directory. */
  readonly databaseUrl: string | null;
  readonly testSecretKey: string | null;
  readonly testPublishableKey: string | null;
  /** Milliseconds since 1970 at which test mode's business clock starts on an empty store. */
  readonly clockStartMs: number | null;
  readonly rateLimit: RateLimit;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly logLevel: LogLevel;
  readonly tokenLifetimeSeconds: number;
  /** A simulator in its own process; null: the one inside the server. */
  readonly simulatorUrl: string | null;
  /** Which requests leave a record in the request log. */
  readonly requestLog: (typeof requestLogChoices)[number];
  readonly requestLogDays: number;
  /** How callers reach the server; null: as each of them did. */
  readonly publicUrl: string | null;
  /** Whether test mode's webhooks may be sent to loopback and private addresses. */
  readonly webhookPrivate: boolean;
  /** A PEM file of certificate authorities that webhook endpoints may be signed by besides the public ones. */
  readonly webhookCaFile: string | null;
  readonly webhookLogDays: number;
  /** Through which mail is sent, and from whom; null: none is. */
  readonly mail: { readonly smtpUrl: string; readonly from: string } | null;
  /** Whether one line of JSON on stdout announces the server instead of text. */
  readonly announcesJson: boolean;
}

const roles = ["server", "worker"] as const;
const requestLogChoices = ["off", "errors", "writes", "all"] as const;

/** Requests a second of each account and mode, reads and writes apart; null where there is no limit. */
export type RateLimit = { readonly testPerSecond: number; readonly livePerSecond: number } | null;

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** A setting that cannot be used. The message is the one sentence that the operator reads. */
export class ConfigError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ConfigError";
  }
}

interface Setting {
  readonly environment: string;
  readonly value: string | undefined;
}

const flagNames = [
  "host",
  "port",
  "data-dir",
  "database-url",
  "test-secret-key",
  "test-publishable-key",
  "clock",
  "rate-limit",
  "tls-cert",
  "tls-key",
  "log-level",
  "token-lifetime",
  "simulator-url",
  "request-log",
  "request-log-days",
  "public-url",
  "webhook-private",
  "webhook-ca",
  "webhook-log-days",
  "smtp-url",
  "mail-from",
  "role",
] as const;
type FlagName = (typeof flagNames)[number];

/** Reads the settings of this process. Flags win over the environment. @throws ConfigError */
export function readConfig(
  argv: readonly string[] = process.argv.slice(2),
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const flags = readFlags(argv);
  const setting = (flag: FlagName): Setting => {
    const name = `ISTRIPE_${flag.replaceAll("-", "_").toUpperCase()}`;
    const value = flags.values[flag] ?? environment[name];
    return { environment: name, value: value === "" ? undefined : value };
  };
  const host = setting("host").value ?? "127.0.0.1";
  const databaseUrl = readDatabaseUrl(setting("database-url"));
  const tls = readTls(setting("tls-cert"), setting("tls-key"));
  return {
    announcesJson: flags.json,
    clockStartMs: readInstant(setting("clock")),
    dataDir: flags.memory ? null : resolve(setting("data-dir").value ?? ".istripe"),
    databaseUrl,
    host,
    logLevel: readChoice(setting("log-level"), logLevels) ?? "info",
    mail: readMail(setting("smtp-url"), setting("mail-from")),
    port: readInteger(setting("port"), { max: 65_535, min: 0 }) ?? 4242,
    publicUrl: readUrl(setting("public-url"), ["http:", "https:"]),
    rateLimit: readRateLimit(setting("rate-limit"), host),
    requestLog: readChoice(setting("request-log"), requestLogChoices) ?? "writes",
    requestLogDays: readInteger(setting("request-log-days"), { max: 3650, min: 1 }) ?? 7,
    role: readChoice(setting("role"), roles) ?? "server",
    simulatorUrl: readUrl(setting("simulator-url"), ["http:", "https:"]),
    testPublishableKey: readKey(setting("test-publishable-key"), "pk_test_"),
    testSecretKey: readKey(setting("test-secret-key"), "sk_test_"),
    tls,
    tokenLifetimeSeconds:
      readInteger(setting("token-lifetime"), { max: 31_536_000, min: 1 }) ?? 3600,
    webhookCaFile: readPath(setting("webhook-ca")),
    webhookLogDays: readInteger(setting("webhook-log-days"), { max: 3650, min: 1 }) ?? 30,
    webhookPrivate:
      (readChoice(setting("webhook-private"), ["on", "off"]) ??
        (isLoopback(host) ? "on" : "off")) === "on",
  };
}

function readFlags(argv: readonly string[]): {
  readonly values: Partial<Record<FlagName, string>>;
  readonly json: boolean;
  readonly memory: boolean;
} {
  const options = Object.fromEntries(flagNames.map((name) => [name, { type: "string" as const }]));
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { ...options, json: { type: "boolean" }, memory: { type: "boolean" } },
    });
    const { json, memory, ...strings } = values;
    return {
      json: json === true,
      memory: memory === true,
      values: strings as Partial<Record<FlagName, string>>,
    };
  } catch (error) {
    const known = [...flagNames, "json", "memory"].map((name) => `--${name}`).join(", ");
    const [problem] = (error as Error).message.split(".");
    throw new ConfigError(`${problem}: the flags are ${known}.`, { cause: error });
  }
}

function readInteger(
  setting: Setting,
  bounds: { readonly min: number; readonly max: number },
): number | null {
  if (setting.value === undefined) return null;
  const value = Number(setting.value);
  if (/^\d+$/.test(setting.value) && value >= bounds.min && value <= bounds.max) return value;
  throw new ConfigError(
    `${setting.environment} is "${setting.value}": give a whole number from ${bounds.min} to ${bounds.max}.`,
  );
}

function readChoice<const T extends string>(setting: Setting, choices: readonly T[]): T | null {
  if (setting.value === undefined) return null;
  const found = choices.find((choice) => choice === setting.value);
  if (found !== undefined) return found;
  throw new ConfigError(
    `${setting.environment} is "${setting.value}": give one of ${choices.join(", ")}.`,
  );
}

function readInstant(setting: Setting): number | null {
  if (setting.value === undefined) return null;
  const instant = Date.parse(setting.value);
  if (/^\d{4}-\d\d-\d\dT/.test(setting.value) && instant >= 0) return instant;
  throw new ConfigError(
    `${setting.environment} is "${setting.value}": give an ISO time such as 2023-06-01T00:00:00Z.`,
  );
}

function readKey(setting: Setting, prefix: string): string | null {
  if (setting.value === undefined) return null;
  if (setting.value.startsWith(prefix) && /^[0-9A-Za-z_]{9,255}$/.test(setting.value))
    return setting.value;
  throw new ConfigError(
    `${setting.environment} must begin with ${prefix} and hold only letters, digits and underscores: a live key is never given in a setting.`,
  );
}

/** Stripe's own limits: 25 of each kind a second in test mode, 100 in live mode. */
const stripeLimits = { livePerSecond: 100, testPerSecond: 25 };

/** On a loopback address nobody else can call, so a developer's start has no limit unless it asks for one. */
const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));

function readRateLimit(setting: Setting, host: string): RateLimit {
  if (setting.value === undefined) return isLoopback(host) ? null : stripeLimits;
  if (setting.value === "off") return null;
  if (setting.value === "stripe") return stripeLimits;
  const perSecond = Number(setting.value);
  if (Number.isInteger(perSecond) && perSecond > 0)
    return { livePerSecond: perSecond, testPerSecond: perSecond };
  throw new ConfigError(
    `${setting.environment} is "${setting.value}": give off, stripe, or a number of requests a second.`,
  );
}

function readUrl(setting: Setting, protocols: readonly string[]): string | null {
  if (setting.value === undefined) return null;
  if (URL.canParse(setting.value) && protocols.includes(new URL(setting.value).protocol))
    return setting.value;
  throw new ConfigError(
    `${setting.environment} is not a usable address: give one that begins with ${protocols.join("// or ")}//.`,
  );
}

const readPath = ({ value }: Setting): string | null =>
  value === undefined ? null : resolve(value);

function readMail(smtp: Setting, from: Setting): Config["mail"] {
  const smtpUrl = readUrl(smtp, ["smtp:", "smtps:"]);
  if (smtpUrl === null) return null;
  if (from.value !== undefined && /^[^\s@]+@[^\s@]+$/.test(from.value)) {
    return { from: from.value, smtpUrl };
  }
  throw new ConfigError(
    `${smtp.environment} is set but ${from.environment} is no mail address: give the one that mail comes from.`,
  );
}

const readDatabaseUrl = (setting: Setting): string | null =>
  readUrl(setting, ["postgres:", "postgresql:"]);

function readTls(cert: Setting, key: Setting): Config["tls"] {
  if (cert.value === undefined && key.value === undefined) return null;
  if (cert.value === undefined || key.value === undefined) {
    const [given, missing] = cert.value === undefined ? [key, cert] : [cert, key];
    throw new ConfigError(
      `${given.environment} is set but ${missing.environment} is not: TLS needs both files.`,
    );
  }
  return { certFile: resolve(cert.value), keyFile: resolve(key.value) };
}
