/**
 * `istripe webhooks` and `istripe events` against a real server and a real application: what is registered gets events,
 * each attempt can be looked at, and what failed can be sent again.
 */
import Stripe from "stripe";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Application, startApplication } from "../testing/application.ts";
import { istripe, type Ran, releaseAll, type Served, serve } from "../testing/istripe-process.ts";
import { listed, makeCustomers, request } from "../testing/server-requests.ts";

let server: Served;
let application: Application;
/** What commands of the test have printed: secrets among it. */
let printed: string[];
beforeAll(async () => {
  server = await serve();
});
beforeEach(async () => {
  printed = [];
  application = await startApplication();
});
afterEach(async () => {
  for (const { id } of await listed(server, "/v1/webhook_endpoints?limit=100")) {
    await request(server, "DELETE", { path: `/v1/webhook_endpoints/${id}` });
  }
  application.close();
  expect(application.unverified(printed)).toEqual([]);
});
afterAll(releaseAll);

const call = async (...args: readonly string[]): Promise<Ran> => {
  const ran = await istripe(args, server.environment);
  printed.push(ran.stdout);
  return ran;
};
const got = (count: number): Promise<void> =>
  expect.poll(() => application.received.length, { timeout: 12_000 }).toBe(count);
/** `events list` and the like: the first column of each line but the titles. */
const idsOf = ({ stdout }: Ran): readonly string[] =>
  stdout
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(" ")[0] ?? "");

async function create(...flags: readonly string[]) {
  const ran = await call("webhooks", "create", "--url", `http://${application.address}`, ...flags);
  expect(ran.code, ran.stderr).toBe(0);
  const id = /we_\w+/.exec(ran.stderr)?.[0] ?? "";
  return { id, ran, secret: ran.stdout.trim() };
}

describe("an endpoint", () => {
  it("gets the events that it wants, signed with the secret that was printed once", async () => {
    const { id, ran, secret } = await create("--events", "customer.created,customer.deleted");
    expect(ran.stdout).toMatch(/^whsec_\S{44}\n$/);
    expect(ran.stderr).not.toContain("whsec_");
    const [customer] = await makeCustomers(server, 1);
    await request(server, "POST", { form: { name: "K" }, path: `/v1/customers/${customer}` });
    await request(server, "DELETE", { path: `/v1/customers/${customer}` });
    await got(2);
    const { webhooks } = new Stripe("sk_test_unused");
    const types = application.received.map(
      ({ body, signature }) => webhooks.constructEvent(body, signature, secret).type,
    );
    expect(types.toSorted()).toEqual(["customer.created", "customer.deleted"]);
    const list = await call("webhooks", "list");
    expect(list.stdout).toContain(`http://${application.address}`);
    expect(list.stdout).toContain("customer.created,customer.deleted");
    expect(idsOf(list)).toEqual([id]);
    expect((await call("webhooks", "list", "--json")).stdout + list.stdout).not.toContain("whsec_");
  });

  it("can be ordered and have the headers of Standard Webhooks", async () => {
    const { id } = await create("--ordered", "--standard-webhooks", "--description", "shop");
    const path = `/v1/istripe/webhook_endpoints/${id}/settings`;
    expect(await request(server, "GET", { path })).toMatchObject({
      ordered: true,
      standard_webhooks: true,
    });
  });

  it("signs with both secrets while it is rolled, and with the new one alone if told so", async () => {
    const { id, secret } = await create();
    const rolled = await call("webhooks", "roll-secret", id);
    expect(rolled.code, rolled.stderr).toBe(0);
    const next = rolled.stdout.trim();
    expect(next).toMatch(/^whsec_\S{44}$/);
    await makeCustomers(server, 1);
    await got(1);
    const { webhooks } = new Stripe("sk_test_unused");
    const { body = "", signature = "" } = application.received[0] ?? {};
    for (const valid of [secret, next]) {
      expect(webhooks.constructEvent(body, signature, valid).type).toBe("customer.created");
    }
    const last = (await call("webhooks", "roll-secret", id, "--expires-in", "0")).stdout.trim();
    await makeCustomers(server, 1);
    await got(2);
    const second = application.received[1] ?? { body: "", signature: "" };
    expect(webhooks.constructEvent(second.body, second.signature, last).type).toBe(
      "customer.created",
    );
    for (const invalid of [secret, next]) {
      expect(() => webhooks.constructEvent(second.body, second.signature, invalid)).toThrow();
    }
  });

  it("is deleted, and gets nothing more", async () => {
    const { id } = await create();
    expect(await call("webhooks", "delete", id)).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect((await call("webhooks", "delete", id)).code).toBe(3);
    await makeCustomers(server, 1);
    await request(server, "GET", { path: "/v1/test_helpers/webhook_deliveries/idle?timeout=10" });
    expect(application.received).toEqual([]);
  });
});

describe("a delivery that failed", () => {
  it("is listed, its attempts say why, and it can be sent again in three ways", async () => {
    application.answer = () => 500;
    const { id } = await create();
    const [customer] = await makeCustomers(server, 1);
    await got(1);
    const failing = async () =>
      await listed(server, `/v1/istripe/webhook_deliveries?endpoint=${id}`);
    await expect.poll(async () => (await failing())[0]?.["attempt_count"]).toBe(1);
    const deliveries = await call("webhooks", "deliveries", "--endpoint", id, "--since", "1h");
    const [delivery = ""] = idsOf(deliveries);
    expect(deliveries.stdout).toMatch(
      /customer\.created +evt_\w+ +we_\w+ +pending +1 +20.* +status/,
    );

    const attempts = await call("webhooks", "attempts", delivery);
    expect(attempts.stdout).toMatch(
      /^20[-\d]+ [:\d]+ UTC {2}attempt 1 {2}\[500\] {2}\d+ ms\n {4}http:/,
    );
    expect(attempts.stdout).toContain("500");
    expect(
      JSON.parse((await call("webhooks", "attempts", delivery, "--json")).stdout).data,
    ).toHaveLength(1);

    const events = await call("events", "list", "--type", "customer.created", "--limit", "1");
    const [event = ""] = idsOf(events);
    expect(events.stdout).toContain(customer);
    expect((await call("events", "resend", event)).stdout).toBe(`${event}  customer.created\n`);
    await got(2);
    await call("events", "resend", event, "--webhook-endpoint", id);
    await got(3);
    application.answer = () => 200;
    const replay = await call("webhooks", "replay", id, "--since", "1h", "--only", "all", "--json");
    expect(JSON.parse(replay.stdout).deliveries).toBeGreaterThan(0);
    await expect
      .poll(async () => (await failing()).map(({ status }) => status))
      .not.toContain("pending");
    const again = application.received.filter(({ objectId }) => objectId === customer);
    expect(new Set(again.map(({ deliveryId }) => deliveryId))).toEqual(new Set([delivery]));
    expect(again).toHaveLength(4);
  });
});

describe("events", () => {
  it("are listed page by page up to the limit, and more is said to be there", async () => {
    await makeCustomers(server, 3);
    const two = await call("events", "list", "--limit", "2");
    expect(idsOf(two)).toHaveLength(2);
    expect(two.stderr).toContain("There are more than 2 events");
    const all = await call("events", "list", "--limit", "500", "--json");
    const ids = JSON.parse(all.stdout).data.map(({ id }: { readonly id: string }) => id);
    expect(ids.slice(0, 2)).toEqual(idsOf(two));
  });

  it("are shown whole", async () => {
    const [customer] = await makeCustomers(server, 1);
    const [id = ""] = idsOf(await call("events", "list", "--limit", "1"));
    const shown = await call("events", "retrieve", id);
    expect(JSON.parse(shown.stdout)).toMatchObject({ data: { object: { id: customer } }, id });
    expect((await call("events", "retrieve", id, "--json")).stdout.split("\n")).toHaveLength(2);
  });
});

describe("is refused", () => {
  it.each([
    [["events", "retrieve", "evt_missing"], 3, "evt_missing"],
    [["events", "retrieve", "sk_test_51SecretSecret"], 2, "begins with evt_"],
    [["events", "resend", "evt_1/../../charges"], 2, "begins with evt_"],
    [["events", "resend", "evt_1", "--webhook-endpoint", "ch_1"], 2, "begins with we_"],
    [["events", "list", "--limit", "0"], 2, "from 1 to 10000"],
    [["webhooks", "create"], 2, "Say where events are sent"],
    [["webhooks", "create", "--url", "nonsense"], 1, "url"],
    [["webhooks", "attempts", "whd_missing"], 3, "whd_missing"],
    [["webhooks", "deliveries", "--status", "faild"], 2, "Did you mean failed?"],
    [["webhooks", "roll-secret", "we_1", "--expires-in", "86401"], 2, "up to 86400"],
    [["webhooks", "replay", "we_1"], 2, "Say from when"],
    [["webhooks", "replay", "we_1", "--since", "soon"], 2, "--since takes a time"],
  ])("%j", async (line, code, sentence) => {
    const ran = await call(...line);
    expect(ran.stderr).toContain(sentence);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).not.toContain("SecretSecret");
  });
});
