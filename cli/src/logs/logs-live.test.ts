/**
 * `istripe logs tail` against a real server: each request once and in its order, through a restart of the server, and
 * nothing on stdout that is no record.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { afterAll, describe, expect, it, vi } from "vitest";
import {
  istripe,
  type Ran,
  type Running,
  releaseAll,
  type Served,
  serve,
  startIstripe,
  temporaryDirectory,
} from "../testing/istripe-process.ts";

afterAll(releaseAll);

async function freePort(): Promise<string> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return String(port);
}

const charge = async ({ environment }: Served, amount: number): Promise<void> => {
  const form = [`amount=${amount}`, "currency=usd", "source=tok_visa"].flatMap((text) => [
    "-d",
    text,
  ]);
  await istripe(["post", "/v1/charges", ...form], environment);
};

interface Record {
  readonly id: string;
  readonly path: string;
  readonly status: number;
  readonly parameters: { readonly amount?: number | string } | null;
}
const recordsOf = ({ stdout }: { readonly stdout: string }): readonly Record[] =>
  stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const amountsOf = (ran: { readonly stdout: string }): readonly number[] =>
  recordsOf(ran).map(({ parameters }) => Number(parameters?.amount));
/** Records are written a little after their requests; looking leaves none, so no tail counts it. */
const untilLogged = ({ environment }: Served, amount: number): Promise<void> =>
  vi.waitFor(async () => {
    const read = await istripe(["get", "/v1/istripe/request_logs", "--json"], environment);
    expect(read.stdout).toMatch(new RegExp(`"amount": ?"?${amount}\\b`));
  }, 10_000);
const untilCount = (tail: Running, count: number): Promise<void> =>
  tail.until("stdout", new RegExp(`^(?:.*\\n){${count}}`));

it("shows what was before, then each request once, through a restart", {
  timeout: 60_000,
}, async () => {
  const dataDir = temporaryDirectory();
  const flags = ["--port", await freePort(), "--request-log", "all"];
  const first = await serve(flags, dataDir);
  for (const amount of [101, 102, 103]) await charge(first, amount);
  await untilLogged(first, 103);
  await untilLogged(first, 103);
  const tail = startIstripe(["logs", "tail", "--json", "--last", "2"], first.environment);
  await untilCount(tail, 2);
  await charge(first, 104);
  await untilCount(tail, 3);
  await first.stop();
  await tail.until("stderr", /Trying again until it is back/);
  const second = await serve(flags, dataDir);
  await charge(second, 105);
  await charge(second, 106);
  await untilCount(tail, 5);
  const ran = await tail.end();
  expect(ran.code).toBe(0);
  expect(amountsOf(ran)).toEqual([102, 103, 104, 105, 106]);
  expect(new Set(recordsOf(ran).map(({ id }) => id)).size).toBe(5);
  expect(ran.stderr.match(/Trying again/g)).toHaveLength(1);
  expect(ran.stderr.match(/Connected again/g)).toHaveLength(1);
});

describe("filters", () => {
  it("are the server's, and --last 0 begins with now", async () => {
    const server = await serve();
    await charge(server, 201);
    const flags = ["--json", "--last", "0", "--filter", "status=4xx", "-f", "path=/v1/charges"];
    const tail = startIstripe(["logs", "tail", ...flags], server.environment);
    await tail.until("stderr", /Following/);
    await charge(server, -1);
    await istripe(["post", "/v1/refunds"], server.environment);
    await charge(server, 202);
    await charge(server, -2);
    await untilCount(tail, 2);
    const ran = await tail.end("SIGTERM");
    expect(ran.code).toBe(0);
    for (const record of recordsOf(ran)) {
      expect(record).toMatchObject({ path: "/v1/charges", status: 400 });
    }
    expect(amountsOf(ran)).toEqual([-1, -2]);
  });

  it("show a request in a line, with its error", async () => {
    const server = await serve();
    await charge(server, -1);
    const tail = startIstripe(["logs", "tail"], server.environment);
    await untilCount(tail, 1);
    const { stdout } = await tail.end();
    expect(stdout).toMatch(
      /^[-\d]{10} [:\d]{8} UTC {2}\[400\] {2}POST \/v1\/charges {2}req_\w+ {2}\d+ ms {2}parameter_invalid_integer {2}/,
    );
  });

  it.each([
    [["--filter", "statsu=4xx"], "Did you mean status?"],
    [["--filter", "__proto__=1"], "Each --filter takes"],
    [["--last", "101"], "--last takes a whole number from 0 to 100"],
  ])("%j are refused", async (flags, sentence) => {
    const ran: Ran = await istripe(["logs", "tail", ...flags]);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain(sentence);
  });

  it("of a server that is not there end at once with 5", async () => {
    const flags = ["--api-base", "http://127.0.0.1:1", "--api-key", "sk_test_1"];
    expect(await istripe(["logs", "tail", ...flags])).toMatchObject({ code: 5, stdout: "" });
  });
});
