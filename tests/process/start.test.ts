/**
 * What a start promises: it says where it is, it keeps the same keys in files that only the owner may read, it shares
 * its data and its port with nobody, and with `--memory` it leaves nothing behind.
 */
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  releaseAll,
  type ServerChild,
  serverExit,
  startServer,
  temporaryDirectory,
} from "../crash/process.ts";
import { cardForm, send } from "../support/http.ts";
import { createStore } from "../support/server.ts";

afterAll(releaseAll);

const startOn = (directory: string, ...flags: readonly string[]): Promise<ServerChild> =>
  startServer({ args: ["--data-dir", directory, "--log-level", "silent", ...flags] });

const sentence = /^[^\n]{20,500}[.]\n$/;

/** Every file below a folder, as one text of bytes. */
function bytesBelow(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

describe("the announcement", () => {
  it("with --json is one line of JSON on stdout, and stdout has nothing else", async () => {
    const server = await startOn(temporaryDirectory());
    const answer = await send(server.url, { key: server.secret_key, path: "/v1/balance" });
    expect(answer.status).toBe(200);
    expect(await server.stop()).toBe(0);
    const lines = server.stdout().split("\n");
    expect(lines).toHaveLength(2);
    const announced: Record<string, unknown> = JSON.parse(lines[0] ?? "");
    expect(announced).toEqual({
      account: expect.stringMatching(/^acct_[0-9A-Za-z]{16,}$/),
      clock: expect.any(Number),
      publishable_key: expect.stringMatching(/^pk_test_[0-9A-Za-z_]{32,}$/),
      secret_key: expect.stringMatching(/^sk_test_[0-9A-Za-z_]{32,}$/),
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(Math.abs(server.clock - Date.now() / 1000)).toBeLessThan(30);
  });
});

describe("test keys", () => {
  it("are the same at each start, in a file that only its owner may read, in a folder of the same kind", async () => {
    const directory = join(temporaryDirectory(), "made", "by", "the", "server");
    const first = await startOn(directory);
    expect(await first.stop()).toBe(0);
    const second = await startOn(directory);
    expect(await second.stop()).toBe(0);
    const { account, publishable_key, secret_key } = second;
    expect({ account, publishable_key, secret_key }).toEqual({
      account: first.account,
      publishable_key: first.publishable_key,
      secret_key: first.secret_key,
    });
    const modeOf = (path: string): number => statSync(path).mode & 0o777;
    expect(modeOf(directory)).toBe(0o700);
    expect(modeOf(join(directory, "test-keys.json"))).toBe(0o600);
    for (const name of readdirSync(join(directory, "vault"))) {
      expect(modeOf(join(directory, "vault", name)), name).toBe(0o600);
    }
  });

  it("that the operator gives are used as they are and never written", async () => {
    const directory = temporaryDirectory();
    const secretKey = "sk_test_knownToTheOperatorOnly";
    const publishableKey = "pk_test_knownToTheOperatorOnly";
    const given = ["--test-secret-key", secretKey, "--test-publishable-key", publishableKey];
    const server = await startOn(directory, ...given);
    expect(server.secret_key).toBe(secretKey);
    expect(server.publishable_key).toBe(publishableKey);
    for (const key of [secretKey, publishableKey]) {
      const answer = await send(server.url, { form: cardForm(), key, path: "/v1/tokens" });
      expect(answer.status, answer.text).toBe(200);
    }
    expect(await server.stop()).toBe(0);
    const bytes = bytesBelow(directory);
    expect(bytes).toContain(server.account);
    expect(bytes).not.toContain("knownToTheOperatorOnly");
  });

  it("of which the operator gives one: the other one is the same at each start", async () => {
    const directory = temporaryDirectory();
    const given = ["--test-secret-key", "sk_test_knownToTheOperatorOnly"];
    const first = await startOn(directory, ...given);
    await first.stop();
    const second = await startOn(directory, ...given);
    await second.stop();
    expect(second.publishable_key).toBe(first.publishable_key);
  });

  it.each(["", '{"secret_key": "sk_te', "{}", "null"])(
    "in a damaged file (%j) stop the start with a sentence that names the file",
    async (text) => {
      const directory = temporaryDirectory();
      await (await startOn(directory)).stop();
      writeFileSync(join(directory, "test-keys.json"), text);
      const exit = await serverExit({ args: ["--port", "0", "--data-dir", directory] });
      expect(exit.stderr).toMatch(sentence);
      expect(exit.stderr).toContain("test-keys.json");
      expect(exit).toMatchObject({ code: 1, stdout: "" });
    },
  );

  it("of live mode are refused as a setting, and none is ever on disk", async () => {
    const directory = temporaryDirectory();
    const live = "sk_live_0123456789abcdefghijklmnop";
    const args = ["--port", "0", "--data-dir", directory];
    const exit = await serverExit({ args: [...args, "--test-secret-key", live] });
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    expect(exit.stderr).toContain("ISTRIPE_TEST_SECRET_KEY");
    expect(exit.stderr).not.toContain(live);
    await (await startOn(directory)).stop();
    const bytes = bytesBelow(directory);
    expect(bytes).toContain("sk_test_");
    expect(bytes).not.toMatch(/[srp]k_live_/);
  });
});

describe("what a start needs to itself", () => {
  it("compiled code: kept beside the program, not in the temporary folder, where anybody could put his own first", async () => {
    const everybodys = temporaryDirectory();
    const server = await startServer({
      args: ["--memory", "--log-level", "silent"],
      environment: { TMPDIR: everybodys },
    });
    expect(await server.stop()).toBe(0);
    expect(readdirSync(everybodys)).toEqual([]);
  });

  it("a data directory that another server uses is refused, and that server goes on", async () => {
    const directory = temporaryDirectory();
    const first = await startOn(directory);
    const exit = await serverExit({ args: ["--port", "0", "--data-dir", directory] });
    expect(exit.stderr).toMatch(sentence);
    expect(exit.stderr).toContain(directory);
    expect(exit.stderr).toContain("--data-dir");
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    const answer = await send(first.url, {
      form: cardForm(),
      key: first.secret_key,
      path: "/v1/tokens",
    });
    expect(answer.status).toBe(200);
    await first.kill();
    // The lock dies with its holder, however it died.
    const second = await startOn(directory);
    expect(await second.stop()).toBe(0);
  });

  it("a port that is taken is refused with the port and the flag", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const args = ["--port", String(port), "--data-dir", temporaryDirectory()];
    const exit = await serverExit({ args });
    holder.close();
    expect(exit.stderr).toMatch(sentence);
    expect(exit.stderr).toContain(String(port));
    expect(exit.stderr).toContain("--port");
    expect(exit).toMatchObject({ code: 1, stdout: "" });
  });
});

describe("a database on PostgreSQL", () => {
  it("is served by one server at a time, whatever its data directory, and by the next one after a kill", async () => {
    const store = await createStore("postgres");
    // Only its database is used; the directory is one that is removed however the test ends.
    store.remove();
    const directory = temporaryDirectory();
    const database = store.flags.slice(store.flags.indexOf("--database-url"));
    const first = await startOn(directory, ...database);
    const args = ["--port", "0", "--data-dir", temporaryDirectory(), ...database];
    const exit = await serverExit({ args });
    expect(exit.stderr).toMatch(sentence);
    expect(exit.stderr).toContain("Another iStripe");
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    await first.kill();
    const next = await startOn(directory, ...database);
    expect(next.account).toBe(first.account);
    expect(next.secret_key).toBe(first.secret_key);
    expect(await next.stop()).toBe(0);
  });
});

describe("a PostgreSQL that cannot be had", () => {
  const startBoundMs = 8000;

  const refusal = async (databaseUrl: string): Promise<void> => {
    const args = ["--port", "0", "--data-dir", temporaryDirectory(), "--database-url", databaseUrl];
    const exit = await serverExit({ args }, 60_000);
    expect(exit.stderr).toMatch(sentence);
    expect(exit.stderr).toContain("ISTRIPE_DATABASE_URL");
    expect(exit.stderr).not.toContain("hunter2");
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    expect(exit.tookMs).toBeLessThan(startBoundMs);
  };

  it("because nothing listens stops the start in seconds, with a sentence without the password", async () => {
    await refusal("postgres://user:hunter2@127.0.0.1:1/istripe");
  });

  it("because its host is unknown stops the start in seconds", async () => {
    await refusal("postgres://user:hunter2@nowhere.invalid/istripe");
  });

  it("because it takes connections and never answers stops the start in seconds", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    try {
      await refusal(`postgres://user:hunter2@127.0.0.1:${port}/istripe`);
    } finally {
      silent.close();
    }
  }, 70_000);
});

describe("--memory", () => {
  it("leaves nothing on disk and forgets everything", async () => {
    const directory = temporaryDirectory();
    const dataDir = join(directory, "data");
    const server = await startOn(dataDir, "--memory");
    const { body } = await send(server.url, {
      form: cardForm(),
      key: server.secret_key,
      path: "/v1/tokens",
    });
    const form = { amount: 2000, currency: "usd", source: body.id };
    const charge = await send(server.url, { form, key: server.secret_key, path: "/v1/charges" });
    expect(charge.status, charge.text).toBe(200);
    expect(existsSync(dataDir)).toBe(false);
    expect(await server.stop()).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
    const next = await startOn(dataDir, "--memory");
    expect(next.secret_key).not.toBe(server.secret_key);
    const old = await send(next.url, { key: server.secret_key, path: "/v1/balance" });
    expect(old.status).toBe(401);
    expect(await next.stop()).toBe(0);
  });
});
