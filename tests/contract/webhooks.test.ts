/**
 * Stripe's guide to webhook endpoints with the official Node library: made, read back, changed, listed, disabled and
 * deleted, with a secret that is shown once. Every answer also passes the contract check, where there is one.
 */
import type Stripe from "stripe";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { filesIn, findLeaks, needlesOf } from "../security/leak-scan.ts";
import { send } from "../support/http.ts";
import { keepEvent } from "../support/sent-events.ts";
import type { TestServer } from "../support/server.ts";
import { startReceiver } from "../webhooks/support/receiver.ts";
import { clientOf, openRun, refusalOf, runs, type SdkRun } from "./sdk.ts";

const covered = [
  "POST /v1/webhook_endpoints",
  "GET /v1/webhook_endpoints",
  "GET /v1/webhook_endpoints/{webhook_endpoint}",
  "POST /v1/webhook_endpoints/{webhook_endpoint}",
  "DELETE /v1/webhook_endpoints/{webhook_endpoint}",
];

type Creation = Stripe.WebhookEndpointCreateParams;
const endpointsMax = 16;
const url = "https://example.com/webhooks";
const quiet: Creation = { enabled_events: ["topup.created"], url };

describe.each(runs)("$name", (run) => {
  let server: TestServer;
  let opened: SdkRun;
  let stripe: Stripe;
  const secrets: string[] = [];

  beforeAll(async () => {
    opened = await openRun(run, "webhooks");
    ({ server, stripe } = opened);
  });

  afterEach(async () => {
    const { data } = await stripe.webhookEndpoints.list({ limit: 100 });
    for (const { id } of data) await stripe.webhookEndpoints.del(id);
  });

  afterAll(() => opened.close(covered));

  const create = async (
    parameters: Creation = quiet,
    idempotencyKey?: string,
  ): Promise<Stripe.WebhookEndpoint> => {
    const options = idempotencyKey === undefined ? {} : { idempotencyKey };
    const made = await stripe.webhookEndpoints.create(parameters, options);
    secrets.push(made.secret ?? "");
    return made;
  };

  test("an endpoint is made, read back, changed and listed; its secret is in the first answer only", async () => {
    const made = await create({
      api_version: "2026-08-26.dahlia",
      description: "Orders",
      enabled_events: ["charge.succeeded", "charge.failed"],
      metadata: { team: "shop" },
      url,
    });
    expect(made).toMatchObject({
      api_version: "2026-08-26.dahlia",
      application: null,
      description: "Orders",
      enabled_events: ["charge.succeeded", "charge.failed"],
      livemode: false,
      metadata: { team: "shop" },
      object: "webhook_endpoint",
      secret: expect.stringMatching(/^whsec_[0-9A-Za-z]{44}$/),
      status: "enabled",
      url,
    });
    const { secret: _, ...shown } = JSON.parse(JSON.stringify(made)) as Record<string, unknown>;
    const readBack = await stripe.webhookEndpoints.retrieve(made.id);
    expect(JSON.parse(JSON.stringify(readBack))).toEqual(shown);
    const changed = await stripe.webhookEndpoints.update(made.id, {
      description: "",
      disabled: true,
      enabled_events: ["*"],
      metadata: { shift: "night", team: "" },
      url: "http://example.org/other",
    });
    expect(JSON.parse(JSON.stringify(changed))).toEqual({
      ...shown,
      description: null,
      enabled_events: ["*"],
      metadata: { shift: "night" },
      status: "disabled",
      url: "http://example.org/other",
    });
    const enabled = await stripe.webhookEndpoints.update(made.id, { disabled: false });
    expect(enabled.status).toBe("enabled");
    const { data } = await stripe.webhookEndpoints.list();
    expect(data.map(({ id, secret }) => [id, secret])).toEqual([[made.id, undefined]]);
  });

  test("what is made with this library's secret is verified by this library", async () => {
    const receiver = await startReceiver();
    const { secret = "" } = await create({ enabled_events: ["*"], url: receiver.url });
    const customer = await stripe.customers.create({ email: "jenny@example.com" });
    await send(server.url, {
      key: server.secretKey,
      path: "/v1/test_helpers/webhook_deliveries/idle?timeout=15",
    });
    const [arrival = expect.fail()] = receiver.arrivals;
    const header = String(arrival.headers["stripe-signature"]);
    const event = stripe.webhooks.constructEvent(arrival.text, header, secret);
    keepEvent(arrival.text);
    expect([event.type, event.data.object]).toMatchObject([
      "customer.created",
      { id: customer.id },
    ]);
    await receiver.close();
  });

  test("under one idempotency key there is one endpoint and one secret", async () => {
    const first = await create(quiet, "make an endpoint");
    const second = await create(quiet, "make an endpoint");
    expect([second.id, second.secret]).toEqual([first.id, first.secret]);
    expect((await stripe.webhookEndpoints.list()).data).toHaveLength(1);
  });

  test("endpoints are listed newest first, in pages", async () => {
    const made: string[] = [];
    for (let at = 0; at < 3; at += 1) made.unshift((await create()).id);
    const paged: string[] = [];
    for await (const { id } of stripe.webhookEndpoints.list({ limit: 2 })) paged.push(id);
    expect(paged).toEqual(made);
  });

  test("a deleted endpoint is gone", async () => {
    const { id } = await create();
    const stub = { deleted: true, id, object: "webhook_endpoint" };
    expect(await stripe.webhookEndpoints.del(id)).toEqual(stub);
    const asked: readonly (() => Promise<unknown>)[] = [
      () => stripe.webhookEndpoints.retrieve(id),
      () => stripe.webhookEndpoints.update(id, { disabled: true }),
      () => stripe.webhookEndpoints.del(id),
      () => stripe.webhookEndpoints.retrieve("we_unknown"),
    ];
    for (const ask of asked) {
      expect(await refusalOf(ask())).toMatchObject({ code: "resource_missing", statusCode: 404 });
    }
    expect((await stripe.webhookEndpoints.list()).data).toEqual([]);
  });

  test("what is wrong is refused", async () => {
    const refused = async (wrong: object) =>
      refusalOf(stripe.webhookEndpoints.create({ ...quiet, ...wrong } as Creation));
    const unknown = await refused({ enabled_events: ["charge.succeeded", "charge.exploded"] });
    expect(unknown).toMatchObject({ param: "enabled_events[1]", statusCode: 400 });
    expect(unknown.message).toMatch(
      /^Invalid enabled_events\[1\]: must be one of \*, account\.updated, /,
    );
    const none = refusalOf(stripe.webhookEndpoints.create({ url } as Creation));
    expect(await none).toMatchObject({ code: "parameter_missing", param: "enabled_events" });
    for (const wrong of [
      "example.com/webhooks",
      "ftp://example.com/",
      "javascript:alert(1)",
      "http://",
    ]) {
      expect(await refused({ url: wrong })).toMatchObject({
        code: "url_invalid",
        message: "Not a valid URL",
        param: "url",
        statusCode: 400,
      });
    }
    expect(await refused({ ur1: "x" })).toMatchObject({ code: "parameter_unknown" });
    const { id } = await create();
    const moved = stripe.webhookEndpoints.update(id, { url: "nowhere" });
    expect(await refusalOf(moved)).toMatchObject({ code: "url_invalid", param: "url" });
    expect((await stripe.webhookEndpoints.retrieve(id)).url).toBe(url);
  });

  test(`there are ${endpointsMax} endpoints in a mode at most, also when they are made at once`, async () => {
    const tries = Array.from({ length: endpointsMax + 4 }, () =>
      create().catch((error: Stripe.errors.StripeError) => error),
    );
    const refused = (await Promise.all(tries)).filter((one) => one instanceof Error);
    expect(refused).toHaveLength(4);
    for (const { message } of refused) {
      expect(message).toBe(
        `You have reached the maximum of ${endpointsMax} test webhook endpoints.`,
      );
    }
    const [one] = (await stripe.webhookEndpoints.list()).data;
    await stripe.webhookEndpoints.del(one?.id ?? "");
    expect((await create()).status).toBe("enabled");
  });

  test("live mode takes https only, and has endpoints of its own", async () => {
    const key = await server.createApiKey({ kind: "secret", livemode: true });
    const live = clientOf(run.library, opened.url, key);
    const open = live.webhookEndpoints.create({ ...quiet, url: "http://example.com/" });
    expect(await refusalOf(open)).toMatchObject({ code: "url_invalid", param: "url" });
    const made = await live.webhookEndpoints.create(quiet);
    secrets.push(made.secret ?? "");
    expect(made.livemode).toBe(true);
    expect((await stripe.webhookEndpoints.list()).data).toEqual([]);
    const other = await refusalOf(stripe.webhookEndpoints.retrieve(made.id));
    expect(other).toMatchObject({ code: "resource_missing", statusCode: 404 });
  });

  test("a restricted key needs the permission for webhooks", async () => {
    const restricted = async (permission: string) => {
      const { body } = await send(server.url, {
        form: { kind: "restricted", name: "x", "permissions[webhook]": permission },
        key: server.secretKey,
        path: "/v1/istripe/api_keys",
      });
      return clientOf(run.library, opened.url, String(body["secret"]));
    };
    const reader = await restricted("read");
    expect((await reader.webhookEndpoints.list()).data).toEqual([]);
    const write = reader.webhookEndpoints.create(quiet);
    expect(await refusalOf(write)).toMatchObject({ statusCode: 403 });
    const made = await (await restricted("write")).webhookEndpoints.create(quiet);
    expect(made.status).toBe("enabled");
    secrets.push(made.secret ?? "");
  });

  test("no secret is in a file or a row, although idempotency keys keep answers", async () => {
    await create(quiet, "kept with its secret");
    const { store } = server;
    const tables = await store.query(
      run.engine === "sqlite"
        ? "select name from sqlite_master where type = 'table'"
        : "select table_name as name from information_schema.tables where table_schema = 'public'",
    );
    const rows = [];
    for (const { name: table } of tables) {
      rows.push(await store.query(`select * from ${String(table)}`));
    }
    const haystacks = [
      ...filesIn(store.dataDir),
      { bytes: Buffer.from(JSON.stringify(rows)), name: "the database" },
    ];
    expect(secrets.length).toBeGreaterThan(5);
    expect(findLeaks(haystacks, secrets.flatMap(needlesOf))).toEqual([]);
    expect(findLeaks(haystacks, needlesOf("whsec_"))).toEqual([]);
  });
});
