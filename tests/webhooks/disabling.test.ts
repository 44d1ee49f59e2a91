/**
 * An endpoint that does nothing but fail for days is sent nothing more, and everybody is told: the log, the owner by
 * mail, and the endpoints that asked for it. One success on the way, and the days begin anew.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemsOf } from "../support/event-check.ts";
import { type Form, send, type Wire } from "../support/http.ts";
import {
  createStore,
  engines,
  type ServerProcess,
  startServerProcess,
  type TestStore,
} from "../support/server.ts";
import { type MailServer, startMailServer } from "./support/mail-server.ts";
import { objectOf, type Receiver, startReceiver } from "./support/receiver.ts";
import { until } from "./support/world.ts";

const dayMs = 24 * 3600 * 1000;
const disabled = "istripe.webhook_endpoint.disabled";

describe.each(engines)("on %s", (engine) => {
  let store: TestStore;
  let server: ServerProcess;
  let mail: MailServer;
  const shops: (Receiver & { readonly secret: string })[] = [];

  beforeAll(async () => {
    store = await createStore(engine);
    mail = await startMailServer();
    server = await startServerProcess([
      ...store.flags,
      ...["--log-level", "warn", "--smtp-url", mail.url, "--mail-from", "istripe@example.com"],
    ]);
    await ask("/v1/istripe/account", { email: "owner@example.com" });
  });
  afterAll(async () => {
    await Promise.all(shops.map((shop) => shop.close()));
    await server.stop();
    mail.close();
    store.remove();
    const problems = shops.flatMap(({ arrivals, secret }) =>
      arrivals.flatMap((arrival) => problemsOf(arrival, secret)),
    );
    expect(problems).toEqual([]);
  });

  const ask = async (path: string, form?: Form): Promise<Wire> => {
    const asked = { key: server.secretKey, path, ...(form === undefined ? {} : { form }) };
    const answer = await send(server.url, asked);
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };
  const makeEvent = async (): Promise<void> => {
    await ask("/v1/customers", { name: "Ada" });
    const idle = await ask("/v1/test_helpers/webhook_deliveries/idle?timeout=15");
    expect(idle["idle"]).toBe(true);
  };
  const endpoint = async (type: string): Promise<Receiver & { id: string; secret: string }> => {
    const receiver = await startReceiver();
    const form = { "enabled_events[]": type, url: receiver.url };
    const made = await ask("/v1/webhook_endpoints", form);
    const shop = { ...receiver, id: made.id, secret: String(made["secret"]) };
    shops.push(shop);
    return shop;
  };
  const settings = (id: string, form?: Form): Promise<Wire> =>
    ask(`/v1/istripe/webhook_endpoints/${id}/settings`, form);
  /** As if it had failed since then. A change of settings has the server read the row again. */
  const failingFor = async (id: string, days: number): Promise<void> => {
    await store.query("update webhook_endpoints set failing_since_ms = $1 where id = $2", [
      Date.now() - days * dayMs,
      id,
    ]);
    await settings(id, { ordered: "false" });
  };

  test("days of nothing but failures disable it and tell everybody; enabled again it begins anew", async () => {
    const shop = await endpoint("customer.created");
    const [witness, other] = [await endpoint(disabled), await endpoint("*")];
    shop.answer(() => 500);
    await makeEvent();
    const { failing_since: since } = await settings(shop.id);
    expect(Math.abs(Number(since) - Date.now() / 1000)).toBeLessThan(60);
    await failingFor(shop.id, 4.9);
    await makeEvent();
    expect(await ask(`/v1/webhook_endpoints/${shop.id}`)).toMatchObject({ status: "enabled" });
    await failingFor(shop.id, 5.1);
    await makeEvent();
    expect(await ask(`/v1/webhook_endpoints/${shop.id}`)).toMatchObject({ status: "disabled" });
    expect(await settings(shop.id)).toMatchObject({
      disabled_reason: "nothing but failures for 5 days",
    });

    const told = await until("the event of it", () => witness.arrivals[0]);
    expect(witness.types()).toEqual([disabled]);
    expect(objectOf(told)).toMatchObject({
      id: shop.id,
      object: "webhook_endpoint",
      status: "disabled",
    });
    expect(told.text).not.toContain("whsec_");
    expect(other.types()).not.toContain(disabled);
    expect((await ask(`/v1/events?type=${disabled}`)).data).toHaveLength(1);

    const text = await until("the mail", () => mail.mails[0]);
    expect(text).toContain("RCPT TO:<owner@example.com>");
    expect(text).toContain(`Subject: The test mode webhook endpoint ${shop.id} was disabled`);
    expect(text).toContain(`POST /v1/webhook_endpoints/${shop.id} disabled=false`);
    expect(text).not.toMatch(/whsec_|shop=/);
    const log = await until("the line in the log", () => {
      const lines = server.output().toString("utf8").split("\n");
      return lines.find((line) => line.includes("a webhook endpoint was disabled"));
    });
    expect(JSON.parse(log)).toMatchObject({ endpoint: shop.id, livemode: false });
    expect(log).not.toMatch(/whsec_|shop=/);
    expect(mail.mails).toHaveLength(1);

    const arrivedBefore = shop.arrivals.length;
    await ask("/v1/test_helpers/webhook_deliveries/advance", {});
    await makeEvent();
    expect(shop.arrivals).toHaveLength(arrivedBefore);
    shop.answer(() => 200);
    await ask(`/v1/webhook_endpoints/${shop.id}`, { disabled: "false" });
    expect(await settings(shop.id)).toMatchObject({ disabled_reason: null, failing_since: null });
    await makeEvent();
    expect(shop.arrivals).toHaveLength(arrivedBefore + 1);
  });

  test("one success ends the days of failures", async () => {
    const shop = await endpoint("customer.created");
    shop.answer(() => 500);
    await makeEvent();
    await failingFor(shop.id, 30);
    shop.answer(() => 200);
    await makeEvent();
    expect(await settings(shop.id)).toMatchObject({ failing_since: null });
    shop.answer(() => 500);
    await makeEvent();
    expect(await ask(`/v1/webhook_endpoints/${shop.id}`)).toMatchObject({ status: "enabled" });
  });
});
