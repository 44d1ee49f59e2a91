/**
 * Every setting, from its flag and from the environment: what it does, its default, which of the two wins, and the one
 * sentence that stops the start when its value cannot be used.
 */
import { resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Config, readConfig } from "../../server/src/index.ts";
import { releaseAll, serverExit, startServer, temporaryDirectory } from "../crash/process.ts";

afterAll(releaseAll);

const defaults: Config = {
  announcesJson: false,
  clockStartMs: null,
  dataDir: resolve(".istripe"),
  databaseUrl: null,
  host: "127.0.0.1",
  logLevel: "info",
  mail: null,
  port: 4242,
  publicUrl: null,
  rateLimit: null,
  requestLog: "writes",
  requestLogDays: 7,
  role: "server",
  simulatorUrl: null,
  testPublishableKey: null,
  testSecretKey: null,
  tls: null,
  tokenLifetimeSeconds: 3600,
  webhookCaFile: null,
  webhookLogDays: 30,
  webhookPrivate: true,
};

interface SettingCase {
  readonly flag: string;
  readonly given: string;
  readonly sets: Partial<Config>;
  /** Another value, to see which of flag and environment wins. */
  readonly other: string;
  /** Settings that it needs beside it. */
  readonly beside?: readonly string[];
}

const settings: readonly SettingCase[] = [
  { flag: "host", given: "127.0.0.2", other: "::1", sets: { host: "127.0.0.2" } },
  { flag: "port", given: "5000", other: "5001", sets: { port: 5000 } },
  { flag: "role", given: "worker", other: "server", sets: { role: "worker" } },
  { flag: "data-dir", given: "/srv/d", other: "/srv/e", sets: { dataDir: "/srv/d" } },
  {
    flag: "database-url",
    given: "postgres://h/d",
    other: "postgresql://h/e",
    sets: { databaseUrl: "postgres://h/d" },
  },
  {
    flag: "test-secret-key",
    given: "sk_test_known",
    other: "sk_test_other",
    sets: { testSecretKey: "sk_test_known" },
  },
  {
    flag: "test-publishable-key",
    given: "pk_test_known",
    other: "pk_test_other",
    sets: { testPublishableKey: "pk_test_known" },
  },
  {
    flag: "clock",
    given: "2023-06-01T00:00:00Z",
    other: "2024-06-01T00:00:00Z",
    sets: { clockStartMs: Date.UTC(2023, 5, 1) },
  },
  {
    flag: "rate-limit",
    given: "7",
    other: "off",
    sets: { rateLimit: { livePerSecond: 7, testPerSecond: 7 } },
  },
  {
    beside: ["--tls-key", "/k.pem"],
    flag: "tls-cert",
    given: "/c.pem",
    other: "/d.pem",
    sets: { tls: { certFile: "/c.pem", keyFile: "/k.pem" } },
  },
  {
    beside: ["--tls-cert", "/c.pem"],
    flag: "tls-key",
    given: "/k.pem",
    other: "/l.pem",
    sets: { tls: { certFile: "/c.pem", keyFile: "/k.pem" } },
  },
  { flag: "log-level", given: "warn", other: "error", sets: { logLevel: "warn" } },
  { flag: "token-lifetime", given: "60", other: "61", sets: { tokenLifetimeSeconds: 60 } },
  {
    flag: "simulator-url",
    given: "http://127.0.0.1:9",
    other: "http://127.0.0.1:8",
    sets: { simulatorUrl: "http://127.0.0.1:9" },
  },
  { flag: "request-log", given: "all", other: "off", sets: { requestLog: "all" } },
  { flag: "request-log-days", given: "30", other: "1", sets: { requestLogDays: 30 } },
  {
    flag: "public-url",
    given: "https://pay.example.com",
    other: "http://pay.example.com",
    sets: { publicUrl: "https://pay.example.com" },
  },
  { flag: "webhook-private", given: "off", other: "on", sets: { webhookPrivate: false } },
  { flag: "webhook-ca", given: "/ca.pem", other: "/cb.pem", sets: { webhookCaFile: "/ca.pem" } },
  { flag: "webhook-log-days", given: "7", other: "8", sets: { webhookLogDays: 7 } },
  {
    beside: ["--mail-from", "pay@example.com"],
    flag: "smtp-url",
    given: "smtp://127.0.0.1:25",
    other: "smtps://127.0.0.1:465",
    sets: { mail: { from: "pay@example.com", smtpUrl: "smtp://127.0.0.1:25" } },
  },
  {
    beside: ["--smtp-url", "smtp://127.0.0.1:25"],
    flag: "mail-from",
    given: "pay@example.com",
    other: "other@example.com",
    sets: { mail: { from: "pay@example.com", smtpUrl: "smtp://127.0.0.1:25" } },
  },
];

const variableOf = (flag: string): string => `ISTRIPE_${flag.replaceAll("-", "_").toUpperCase()}`;

describe("each setting", () => {
  it("has its default", () => {
    expect(readConfig([], {})).toEqual(defaults);
  });

  it.each(settings)(
    "--$flag is read as a flag and from its variable, and the flag wins",
    (setting) => {
      const { beside = [], flag, given, other, sets } = setting;
      const variable = variableOf(flag);
      const expected = { ...defaults, ...sets };
      expect(readConfig([`--${flag}`, given, ...beside], {})).toEqual(expected);
      expect(readConfig([...beside], { [variable]: given })).toEqual(expected);
      expect(readConfig([`--${flag}`, given, ...beside], { [variable]: other })).toEqual(expected);
    },
  );

  it.each(settings)("--$flag is unset by an empty variable", ({ flag }) => {
    expect(readConfig([], { [variableOf(flag)]: "" })).toEqual(defaults);
  });

  it("is among those that are tested here", () => {
    const named = /the flags are (.*)\./.exec(refusalOf(["--unknown"]))?.[1]?.split(", ") ?? [];
    const tested = [...settings.map(({ flag }) => `--${flag}`), "--json", "--memory"];
    expect(named.toSorted()).toEqual(tested.toSorted());
  });
});

describe("the rate limit", () => {
  const stripe = { livePerSecond: 100, testPerSecond: 25 };

  it("is off for a start that only this machine can reach, and Stripe's for any other", () => {
    for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) {
      expect(readConfig(["--host", host], {}).rateLimit).toBeNull();
    }
    for (const host of ["0.0.0.0", "::", "192.168.1.4"]) {
      expect(readConfig(["--host", host], {}).rateLimit, host).toEqual(stripe);
    }
  });

  it("is what was asked for wherever the server listens", () => {
    expect(readConfig(["--rate-limit", "stripe"], {}).rateLimit).toEqual(stripe);
    expect(readConfig(["--host", "0.0.0.0", "--rate-limit", "off"], {}).rateLimit).toBeNull();
  });
});

function refusalOf(flags: readonly string[]): string {
  try {
    readConfig(flags, {});
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the settings were taken");
}

/** One sentence: it begins like one, ends like one, and there is no second line, let alone a stack trace. */
const sentence = /^[^\n]{20,500}[.]\n$/;

describe("a value that cannot be used", () => {
  const bad = [
    ["port", "70000"],
    ["port", "-1"],
    ["port", "42.5"],
    ["port", "http"],
    ["rate-limit", "0"],
    ["rate-limit", "fast"],
    ["rate-limit", "1.5"],
    ["log-level", "loud"],
    ["clock", "yesterday"],
    ["clock", "2023-13-01T00:00:00Z"],
    ["clock", "1685577600"],
    ["token-lifetime", "0"],
    ["token-lifetime", "99999999999"],
    ["database-url", "mysql://h/d"],
    ["database-url", "d"],
    ["simulator-url", "ftp://h"],
    ["request-log", "reads"],
    ["request-log-days", "0"],
    ["public-url", "pay.example.com"],
    ["test-secret-key", "sk_live_0123456789"],
    ["test-secret-key", "pk_test_0123456789"],
    ["test-secret-key", "sk_test_"],
    ["test-publishable-key", "pk_live_0123456789"],
    ["test-publishable-key", "pk_test_with space"],
    ["tls-cert", "/only/one.pem"],
    ["tls-key", "/only/one.pem"],
  ] as const;

  it.each(bad)(
    "--%s %s is refused with a sentence that names the setting and not a key",
    (flag, value) => {
      const message = refusalOf([`--${flag}=${value}`]);
      expect(`${message}\n`).toMatch(sentence);
      expect(message).toContain(variableOf(flag));
      if (flag.endsWith("key") && value.includes("_live_")) expect(message).not.toContain(value);
    },
  );

  it.each([
    ["an unknown flag", ["--prot", "1"], "--prot"],
    ["a flag without its value", ["--port"], "--port"],
    ["a word that is no flag", ["serve"], "serve"],
  ] as const)("%s is refused with the flags that there are", (_, flags, named) => {
    const message = refusalOf(flags);
    expect(message).toContain(named);
    expect(message).toContain("--data-dir");
    expect(`${message}\n`).toMatch(sentence);
  });

  const starts = [
    { args: ["--port", "70000"], names: "ISTRIPE_PORT", what: "a bad flag" },
    { args: ["--port", "0", "--host", "300.1.1.1"], names: "host", what: "a host that is none" },
    { args: ["--port", "0", "--host", "192.0.2.1"], names: "host", what: "a foreign address" },
    {
      args: ["--port", "0", "--tls-cert", "/nowhere/c.pem", "--tls-key", "/nowhere/k.pem"],
      names: "ISTRIPE_TLS_CERT",
      what: "TLS files that are not there",
    },
    {
      args: ["--port", "0", "--tls-cert", import.meta.filename, "--tls-key", import.meta.filename],
      names: "ISTRIPE_TLS_CERT",
      what: "a TLS file that is no certificate",
    },
    {
      args: ["--port", "0", "--data-dir", import.meta.filename],
      names: "ISTRIPE_DATA_DIR",
      what: "a data directory that is a file",
    },
    {
      args: ["--port", "0", "--data-dir", `${import.meta.filename}/d`],
      names: "ISTRIPE_DATA_DIR",
      what: "a data directory that cannot be made",
    },
    {
      args: ["--port", "0", "--simulator-url", "http://simulator.example.com"],
      names: "ISTRIPE_SIMULATOR_URL",
      what: "a simulator that cards cannot safely be sent to",
    },
  ] as const;

  it.each(starts)(
    "$what stops the start with exit code 1 and one sentence on stderr",
    async (start) => {
      const own = (start.args as readonly string[]).includes("--data-dir")
        ? []
        : ["--data-dir", temporaryDirectory()];
      const exit = await serverExit({ args: [...start.args, ...own] });
      expect(exit.stderr).toMatch(sentence);
      expect(exit.stderr.toLowerCase()).toContain(start.names.toLowerCase());
      expect(exit).toMatchObject({ code: 1, stdout: "" });
    },
  );

  it("a bad variable stops the start like a bad flag", async () => {
    const exit = await serverExit({ environment: { ISTRIPE_RATE_LIMIT: "fast" } });
    expect(exit.stderr).toMatch(sentence);
    expect(exit.stderr).toContain("ISTRIPE_RATE_LIMIT");
    expect(exit).toMatchObject({ code: 1, stdout: "" });
  });
});

it("a start takes its settings from the environment", async () => {
  const directory = temporaryDirectory();
  const server = await startServer({
    environment: {
      ISTRIPE_DATA_DIR: directory,
      ISTRIPE_TEST_PUBLISHABLE_KEY: "pk_test_knownInContinuousIntegration",
      ISTRIPE_TEST_SECRET_KEY: "sk_test_knownInContinuousIntegration",
    },
  });
  expect(server.secret_key).toBe("sk_test_knownInContinuousIntegration");
  const answer = await fetch(`${server.url}/v1/balance`, {
    headers: { authorization: `Bearer ${server.secret_key}` },
  });
  expect(answer.status).toBe(200);
  expect(await server.stop()).toBe(0);
});
