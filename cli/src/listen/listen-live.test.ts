/**
 * `istripe listen` between a real server and a real application: every event comes, byte for byte as it was signed,
 * through restarts of either side, and none comes again that was taken.
 */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Application, startApplication } from "../testing/application.ts";
import {
  istripe,
  type Running,
  releaseAll,
  type Served,
  serve,
  startIstripe,
  temporaryDirectory,
} from "../testing/istripe-process.ts";
import { listed, makeCustomers, request } from "../testing/server-requests.ts";

const ready = /^Ready! Your webhook signing secret is (whsec_\S+)$/m;
const secretIn = ({ stderr }: { readonly stderr: string }): string => ready.exec(stderr)?.[1] ?? "";
const objectsOf = ({ received }: Application): readonly string[] =>
  received.map(({ objectId }) => objectId);
const got = (application: Application, count: number): Promise<void> =>
  expect.poll(() => application.received.length, { timeout: 12_000 }).toBe(count);

let server: Served;
let application: Application;
/** Those of the test: their secrets sign what comes. */
let forwarding: Running[];
beforeAll(async () => {
  server = await serve();
});
beforeEach(async () => {
  forwarding = [];
  application = await startApplication();
});
afterEach(() => {
  application.close();
  expect(application.unverified(forwarding.map(({ output }) => output.stderr))).toEqual([]);
});
afterAll(releaseAll);

const listen = (...flags: readonly string[]): Promise<Running> => listenTo(server, flags);

async function listenTo({ environment }: Served, flags: readonly string[]): Promise<Running> {
  const line = ["listen", "--forward-to", application.address, ...flags];
  const running = startIstripe(line, environment);
  forwarding.push(running);
  await running.until("stderr", /Forwarding to/);
  return running;
}

describe("events", () => {
  it("come as they were signed, each with its line, and the secret is said once", async () => {
    const running = await listen("--json");
    const ids = await makeCustomers(server, 3);
    await got(application, 3);
    await running.until("stdout", /^(?:.*\n){3}$/);
    const ran = await running.end();
    expect(ran.code).toBe(0);
    expect(objectsOf(application).toSorted()).toEqual(ids.toSorted());
    expect(application.unverified([secretIn(ran)])).toEqual([]);
    for (const line of ran.stdout.trimEnd().split("\n")) {
      expect(JSON.parse(line)).toMatchObject({
        attempt: 1,
        error: null,
        status: 200,
        type: "customer.created",
      });
    }
    expect((ran.stdout + ran.stderr).split(secretIn(ran))).toHaveLength(2);
    expect(ran.stdout + ran.stderr).not.toContain(server.secretKey);
  });

  it("are the ones that were asked for, and no others", async () => {
    const running = await listen("--events", "customer.deleted, customer.updated");
    const [id] = await makeCustomers(server, 1);
    await request(server, "DELETE", { path: `/v1/customers/${id}` });
    await running.until("stdout", /customer/);
    const { stdout } = await running.end("SIGTERM");
    expect(stdout).toMatch(
      /^[-\d]{10} [:\d]{8} UTC {2}customer\.deleted {2}evt_\w+ {2}\[200\] {2}\d+ ms\n$/,
    );
  });

  it("are at most eight at once, and more than one", async () => {
    application.answer = () => pause(100, 200);
    const running = await listen();
    await makeCustomers(server, 24);
    await got(application, 24);
    expect((await running.end()).code).toBe(0);
    expect(application.atOnceMax()).toBeGreaterThan(1);
    expect(application.atOnceMax()).toBeLessThanOrEqual(8);
  });

  it("that are not taken come again, as another attempt", async () => {
    application.answer = () => 500;
    const running = await listen();
    await makeCustomers(server, 1);
    await running.until("stdout", /\[500\]/);
    const path = `/v1/istripe/webhook_deliveries/${application.received[0]?.deliveryId}`;
    await expect
      .poll(() => request(server, "GET", { path }))
      .toMatchObject({ attempt_count: 1, failure: { reason: "status" }, status: "pending" });
    application.answer = () => 200;
    await request(server, "POST", { path: "/v1/test_helpers/webhook_deliveries/advance" });
    await running.until("stdout", /\[200\].*attempt 2/);
    await running.end();
    const [first, second] = application.received;
    expect(second?.deliveryId).toBe(first?.deliveryId);
  });

  it("that reach no application are told as such", async () => {
    const running = await listen("--name", "nobody there");
    application.close();
    await makeCustomers(server, 1);
    await running.until("stdout", /\[connection refused\]/);
    const deliveries = () => listed(server, "/v1/istripe/webhook_deliveries?limit=1");
    await expect
      .poll(async () => (await deliveries())[0]?.["failure"])
      .toMatchObject({ message: expect.stringContaining("connection refused") });
    await running.end();
  });
});

describe("an end", () => {
  it("lets what is under way end and be reported, and the next start goes on from there", async () => {
    const finish = Promise.withResolvers<number>();
    application.answer = () => finish.promise;
    const running = await listen();
    const [held] = await makeCustomers(server, 1);
    await got(application, 1);
    const ending = running.end();
    const [whileDown] = await makeCustomers(server, 1);
    await pause(200);
    finish.resolve(200);
    const ran = await ending;
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain("[200]");
    application.answer = () => 200;
    const again = await listen();
    await got(application, 2);
    expect(objectsOf(application)).toEqual([held, whileDown]);
    expect(secretIn(again.output)).toBe(secretIn(ran));
    await again.end();
    expect(application.received).toHaveLength(2);
  });
});

it("killed while it forwards, it begins again with what it could not report", async () => {
  const finish = Promise.withResolvers<number>();
  application.answer = () => finish.promise;
  const running = await listen();
  const held = await makeCustomers(server, 10);
  await got(application, 8);
  await running.end("SIGKILL");
  finish.resolve(200);
  const again = await listen();
  await again.until("stdout", /^(?:.*\n){10}/);
  expect(new Set(objectsOf(application))).toEqual(new Set(held));
  const deliveries = new Set(application.received.map(({ deliveryId }) => deliveryId));
  expect(deliveries.size).toBe(10);
  for (const id of deliveries) {
    const path = `/v1/istripe/webhook_deliveries/${id}`;
    await expect
      .poll(() => request(server, "GET", { path }))
      .toMatchObject({ attempt_count: 1, status: "succeeded" });
  }
  await again.end();
});

describe("a listener", () => {
  it("that was closed on the server is made anew, and its new secret is said", async () => {
    const running = await listen("--name", "closed");
    const opened = await request(server, "POST", {
      form: { name: "closed" },
      path: "/v1/istripe/webhook_listeners",
    });
    await request(server, "DELETE", { path: `/v1/istripe/webhook_listeners/${opened["id"]}` });
    await running.until("stderr", /made anew\. Your webhook signing secret is whsec_/);
    const [id] = await makeCustomers(server, 1);
    await got(application, 1);
    expect(objectsOf(application)).toEqual([id]);
    expect((await running.end()).code).toBe(0);
  });

  it("tells its secret alone to a script, which is the one that it signs with", async () => {
    const line = ["listen", "--forward-to", application.address];
    const printed = await istripe([...line, "--print-secret"], server.environment);
    expect(printed).toMatchObject({ code: 0, stderr: "" });
    expect(printed.stdout).toMatch(/^whsec_\S{44}\n$/);
    const running = await listen();
    expect(secretIn(running.output)).toBe(printed.stdout.trim());
    await running.end();
  });

  it.each([
    [["listen"], 2, "Say where events go"],
    [["listen", "--print-secret"], 2, "Say whose secret"],
    [["listen", "--forward-to", "ftp://x"], 2, "--forward-to takes an address"],
    [["listen", "--forward-to", "3000", "--events", "charge.succeded"], 1, "enabled_events"],
    [["listen", "--forward-to", "3000", "--api-key", "sk_test_unknown0000"], 4, "Invalid API Key"],
    [
      ["listen", "--forward-to", "3000", "--api-base", "http://127.0.0.1:1", "--api-key", "x"],
      5,
      "refuses the connection",
    ],
  ])("%j is refused", async (line, code, sentence) => {
    const ran = await istripe(line, server.environment);
    expect(ran.stderr).toContain(sentence);
    expect(ran).toMatchObject({ code, stdout: "" });
  });
});

it("a restart of the server loses nothing and sends nothing twice", {
  timeout: 60_000,
}, async () => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const flags = ["--port", String((probe.address() as AddressInfo).port)];
  probe.close();
  const dataDir = temporaryDirectory();
  const first = await serve(flags, dataDir);
  const finish = Promise.withResolvers<number>();
  application.answer = () => finish.promise;
  const running = await listenTo(first, []);
  const before = await makeCustomers(first, 3);
  await got(application, 3);
  await first.stop();
  await running.until("stderr", /Trying again/);
  // The application took them while nobody could be told.
  application.answer = () => 200;
  finish.resolve(200);
  const second = await serve(flags, dataDir);
  const after = await makeCustomers(second, 3);
  await got(application, 6);
  const pending = "/v1/istripe/webhook_deliveries?status=pending";
  await expect.poll(() => listed(second, pending), { timeout: 10_000 }).toEqual([]);
  const ran = await running.end();
  expect(ran.code).toBe(0);
  expect(objectsOf(application).toSorted()).toEqual([...before, ...after].toSorted());
  expect(ran.stderr.match(/Trying again/g)).toHaveLength(1);
  expect(ran.stderr.match(/Connected again/g)).toHaveLength(1);
  expect(ran.stderr.match(/whsec_/g)).toHaveLength(1);
});
