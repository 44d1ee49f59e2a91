/**
 * Two accounts on one server, each with its two modes: four worlds that know nothing of one another. An id from another
 * world is unknown in all of them, and only within one account is there a hint that the other mode has it.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../server/src/index.ts";
import { addAccount, addKey } from "../support/accounts.ts";
import { type Answer, cardForm, type Form, send } from "../support/http.ts";
import { createStore, engines, startOn, type TestStore } from "../support/server.ts";

/** What the owner's objects hold and no stranger may read. */
const secrets = {
  description: "description-7f3a91",
  metadata: "metadata-7f3a91",
  name: "Nadia Ownerin",
  zip: "zip-7f3a91",
} as const;

interface World {
  readonly name: string;
  readonly key: string;
  /** Whether it is the other mode of the owner's account. */
  readonly isOwnAccount: boolean;
}

interface Owned {
  readonly charge: string;
  readonly event: string;
  readonly token: string;
  readonly transaction: string;
  readonly fingerprint: string;
}

/** A request for an object of the owner's: in the URL it is a 404, in a parameter a 400. */
interface Asked {
  readonly id: string;
  readonly path: string;
  readonly form?: Form;
  readonly status: 400 | 404;
}

describe.each(engines)("on %s", (engine) => {
  let store: TestStore;
  let server: RunningServer;
  let owned: Owned;
  const worlds: World[] = [];

  beforeAll(async () => {
    store = await createStore(engine);
    server = await startOn(store);
    const other = await addAccount(store);
    const live = await server.createApiKey({ kind: "secret", livemode: true });
    worlds.push({ isOwnAccount: true, key: live, name: "the owner's live mode" });
    for (const livemode of [false, true]) {
      worlds.push({
        isOwnAccount: false,
        key: await addKey(store, other, { kind: "secret", livemode }),
        name: `the other account's ${livemode ? "live" : "test"} mode`,
      });
    }
    owned = await makeOwned();
  });

  afterAll(async () => {
    await server.close();
    store.remove();
  });

  const call = (key: string, path: string, form?: Form): Promise<Answer> =>
    send(server.url, { key, path, ...(form === undefined ? {} : { form }) });

  async function makeOwned(): Promise<Owned> {
    const key = server.secretKey;
    const card = {
      ...cardForm(),
      "card[address_zip]": secrets.zip,
      "card[name]": secrets.name,
      "metadata[secret]": secrets.metadata,
    };
    const paying = await call(key, "/v1/tokens", card);
    const charge = await call(key, "/v1/charges", {
      amount: 4321,
      currency: "usd",
      description: secrets.description,
      "metadata[secret]": secrets.metadata,
      source: paying.body.id,
      transfer_group: "group-7f3a91",
    });
    const events = await call(key, "/v1/events?limit=1");
    const token = await call(key, "/v1/tokens", card);
    const shown = token.body["card"] as { readonly fingerprint: string };
    return {
      charge: charge.body.id,
      event: events.body.data[0]?.id ?? "",
      fingerprint: shown.fingerprint,
      token: token.body.id,
      transaction: String(charge.body["balance_transaction"]),
    };
  }

  /** Nothing of the owner's is in the answer but the id that was asked for. */
  function expectNothingForeign(answer: Answer, asked: string): void {
    const text = `${answer.text} ${JSON.stringify(answer.headers)}`.replaceAll(asked, "");
    const foreign = [...Object.values(secrets), ...Object.values(owned), server.accountId];
    for (const secret of foreign) expect(text).not.toContain(secret);
    // The last four digits stand alone wherever a card is shown; a port or an id may contain them.
    expect(text).not.toMatch(/(?<![A-Za-z0-9])4321(?![A-Za-z0-9])/u);
  }

  function expectUnknown(answer: Answer, world: World, asked: Asked): void {
    const { id, status } = asked;
    expectNothingForeign(answer, id);
    const { body } = answer;
    expect([answer.status, body.error["code"]]).toEqual([status, "resource_missing"]);
    const message = body.error["message"] ?? "";
    expect(message).toMatch(/^No such (?:token|charge|event|balance transaction): '/);
    if (world.isOwnAccount) {
      expect(message).toMatch(
        /; a similar object exists in test mode, but a live mode key was used to make this request\.$/,
      );
    } else {
      expect(message).toMatch(new RegExp(`: '${id}'$`));
    }
  }

  const snapshot = async (): Promise<readonly string[]> => {
    const paths = [
      `/v1/charges/${owned.charge}`,
      `/v1/tokens/${owned.token}`,
      `/v1/events/${owned.event}`,
      `/v1/balance_transactions/${owned.transaction}`,
    ];
    const answers = await Promise.all(paths.map((path) => call(server.secretKey, path)));
    return answers.map(({ status, text }) => `${status} ${text}`);
  };

  test("an id of the owner's is unknown everywhere else, in the URL, in parameters and as a cursor", async () => {
    const before = await snapshot();
    expect(before.every((answer) => answer.startsWith("200 "))).toBe(true);
    for (const world of worlds) {
      const { charge, event, token, transaction } = owned;
      const requests: readonly Asked[] = [
        { id: charge, path: `/v1/charges/${charge}`, status: 404 },
        { id: charge, path: `/v1/charges/${charge}?expand[]=balance_transaction`, status: 404 },
        { id: token, path: `/v1/tokens/${token}`, status: 404 },
        { form: { "card[name]": "Thief" }, id: token, path: `/v1/tokens/${token}`, status: 404 },
        { id: event, path: `/v1/events/${event}`, status: 404 },
        { id: transaction, path: `/v1/balance_transactions/${transaction}`, status: 404 },
        {
          id: transaction,
          path: `/v1/balance_transactions/${transaction}?expand[]=source`,
          status: 404,
        },
        { id: charge, path: `/v1/charges?starting_after=${charge}`, status: 400 },
        { id: charge, path: `/v1/charges?ending_before=${charge}`, status: 400 },
        { id: event, path: `/v1/events?starting_after=${event}`, status: 400 },
        {
          id: transaction,
          path: `/v1/balance_transactions?ending_before=${transaction}`,
          status: 400,
        },
      ];
      for (const asked of requests) {
        expectUnknown(await call(world.key, asked.path, asked.form), world, asked);
      }
      const deleted = await send(server.url, {
        key: world.key,
        method: "DELETE",
        path: `/v1/tokens/${token}`,
      });
      expectUnknown(deleted, world, { id: token, path: `/v1/tokens/${token}`, status: 404 });
    }
    expect(await snapshot()).toEqual(before);
  });

  test("a token of the owner's pays for nobody else", async () => {
    const form = { amount: 500, currency: "usd", source: owned.token };
    for (const world of worlds) {
      const answer = await call(world.key, "/v1/charges", form);
      expect(answer.status).toBe(400);
      expectNothingForeign(answer, owned.token);
    }
    const { body } = await call(server.secretKey, `/v1/tokens/${owned.token}`);
    expect(body["used"]).toBe(false);
  });

  test("lists, filters and the balance of another world show nothing of the owner's", async () => {
    for (const { key } of worlds) {
      for (const path of [
        "/v1/charges",
        "/v1/charges?transfer_group=group-7f3a91",
        "/v1/charges?expand[]=data.balance_transaction",
        "/v1/events?type=charge.succeeded",
        "/v1/balance_transactions",
        `/v1/balance_transactions?source=${owned.charge}`,
      ]) {
        const answer = await call(key, path);
        expect([answer.status, answer.body.data, answer.body.has_more]).toEqual([200, [], false]);
      }
      const balance = await call(key, "/v1/balance");
      expectNothingForeign(balance, "");
      expect(JSON.stringify(balance.body)).not.toMatch(/"amount":[1-9]/);
    }
  });

  test("the same idempotency key is another one in another world", async () => {
    const headers = { "idempotency-key": "one-key-in-all-worlds" };
    const form = cardForm();
    const made = [];
    for (const key of [server.secretKey, ...worlds.map((world) => world.key)]) {
      made.push(await send(server.url, { form, headers, key, path: "/v1/tokens" }));
    }
    expect(made.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(made.every(({ headers: sent }) => sent["idempotent-replayed"] === undefined)).toBe(true);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(4);
  });

  test("one card has another fingerprint in each world, and the same one within it", async () => {
    const fingerprint = async (key: string): Promise<string> => {
      const { body } = await call(key, "/v1/tokens", cardForm());
      return (body["card"] as { readonly fingerprint: string }).fingerprint;
    };
    const all = [
      await fingerprint(server.secretKey),
      ...(await Promise.all(worlds.map(({ key }) => fingerprint(key)))),
    ];
    expect(new Set(all).size).toBe(4);
    expect(await fingerprint(server.secretKey)).toBe(all[0]);
    for (const one of all) expect(one).toMatch(/^[0-9A-Za-z]{16}$/);
  });
});
