/**
 * `istripe trigger` against a real server: every scenario ends in its event, overrides reach the request, and what the
 * server refuses is said in its own words.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { istripe, type Ran, releaseAll, type Served, serve } from "../testing/istripe-process.ts";
import { loadScenario, scenarioNames } from "./scenario.ts";

let server: Served;
/** What a job of the server makes happen up to a minute later. */
const late = ["customer.source.expiring", "refund.failed"];
let lateRuns: readonly Promise<Ran>[];
beforeAll(async () => {
  server = await serve();
  // They come true while the others run.
  lateRuns = late.map((type) =>
    istripe(["trigger", type], server.environment, { lifeMs: 150_000 }),
  );
});
afterAll(releaseAll);

const call = (...args: readonly string[]): Promise<Ran> => istripe(args, server.environment);
interface WireEvent {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly object: Readonly<Record<string, unknown>> };
}
const eventOf = (ran: Ran): WireEvent => JSON.parse(ran.stdout);
const recorded = async (type: string): Promise<readonly WireEvent[]> =>
  JSON.parse((await call("get", "/v1/events", "-d", `type=${type}`)).stdout).data;

const [unmakeable, makeable] = [true, false].map((isUnmakeable) =>
  scenarioNames().filter((name) => (loadScenario(name).unmakeable !== undefined) === isUnmakeable),
);

describe("a scenario ends in its event, which the server has recorded", () => {
  it.each(makeable?.filter((type) => !late.includes(type)) ?? [])("%s", async (type) => {
    const ran = await call("trigger", type);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(new RegExp(`^evt_\\w+  ${type}\n$`));
    const ids = (await recorded(type)).map(({ id }) => id);
    expect(ids).toContain(ran.stdout.split(" ")[0]);
  });

  it.each(unmakeable ?? [])("%s cannot be made, and why is said", async (type) => {
    const ran = await call("trigger", type);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain(loadScenario(type).unmakeable);
  });
});

describe("an override", () => {
  it("changes the last step", async () => {
    const terms = ["-o", "amount=512", "-o", "metadata.order=7", "-o", "metadata[by]=x=y"];
    const { data } = eventOf(await call("trigger", "charge.succeeded", "--json", ...terms));
    expect(data.object).toMatchObject({ amount: 512, metadata: { by: "x=y", order: "7" } });
  });

  it("changes the step that it names, and not the last", async () => {
    const name = "customer:description=shop";
    const ran = await call("trigger", "customer.source.created", "--json", "--override", name);
    const { customer } = eventOf(ran).data.object;
    const made = JSON.parse((await call("get", `/v1/customers/${customer}`)).stdout);
    expect(made.description).toBe("shop");
  });

  it("of a declined card may decline it for another reason", async () => {
    const source = "source=tok_chargeDeclinedExpiredCard";
    const { data } = eventOf(await call("trigger", "charge.failed", "--json", "-o", source));
    expect(data.object).toMatchObject({ failure_code: "expired_card" });
  });

  it("that Stripe does not know is refused in Stripe's words", async () => {
    const ran = await call("trigger", "charge.succeeded", "--override", "amuont=5");
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toMatch(/Received unknown parameter: amuont.*parameter_unknown/);
  });

  it("of a step that is not there is refused before anything is made", async () => {
    const before = (await recorded("charge.*")).length;
    const ran = await call("trigger", "charge.refunded", "--override", "chrge:amount=5");
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain("Did you mean charge?");
    expect((await recorded("charge.*")).length).toBe(before);
  });

  it("that makes another event of it fails, and does not pass for the event", async () => {
    const ran = await call("trigger", "charge.succeeded", "-o", "source=tok_visa_chargeDeclined");
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain("card_declined");
  });
});

it("a live key is refused before anything is sent", async () => {
  const flags = ["--api-key", "sk_live_51SecretSecretSecret", "--api-base", "http://127.0.0.1:1"];
  const ran = await istripe(["trigger", "charge.succeeded", ...flags]);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain("test mode only");
});

it("an event that is not known gets the nearest one, and --list has them all", async () => {
  const ran = await call("trigger", "charge.succeded");
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain("Did you mean charge.succeeded?");
  const { data } = JSON.parse((await call("trigger", "--list", "--json")).stdout);
  expect(data.map(({ event }: { readonly event: string }) => event)).toEqual(scenarioNames());
  expect((await call("trigger")).code).toBe(2);
});

it("what happens later is waited for", { timeout: 160_000 }, async () => {
  for (const [at, ran] of (await Promise.all(lateRuns)).entries()) {
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(new RegExp(`^evt_\\w+  ${late[at]}\n$`));
  }
});
