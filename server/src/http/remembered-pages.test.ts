/**
 * A remembered page is never shown when the list has changed since, never to another account, and the memory that
 * pages take is bounded.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { operations, resources } from "../api.ts";
import { type ChargeRow, charges } from "../payments/charges/schema.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../testing/platform.ts";
import { compileOperation } from "./compiled-operation.ts";
import { createDispatch } from "./dispatch.ts";
import { createRememberedPages, type RememberedPages } from "./remembered-pages.ts";

const written = (text: string) => ({ size: text.length, text });

describe("remembered pages", () => {
  test("are found in the state in which they were kept, and in no other", () => {
    const pages = createRememberedPages();
    pages.keep("/v1/charges?", { state: "end a 1", written: written("one") });
    expect(pages.find("/v1/charges?", "end a 1")).toEqual(written("one"));
    expect(pages.find("/v1/charges?", "end a 2")).toBeUndefined();
    expect(pages.find("/v1/charges?limit=1", "end a 1")).toBeUndefined();
  });

  test("are those that were asked for before", () => {
    const pages = createRememberedPages();
    expect([1, 2, 3].map(() => pages.isAskedAgain("/v1/charges?"))).toEqual([false, true, true]);
  });

  test("take a bounded memory, and those in use stay", () => {
    const pages = createRememberedPages();
    const text = "x".repeat(1_000_000);
    for (let at = 0; at < 100; at += 1) {
      pages.keep(`/v1/charges?${at}`, { state: "end", written: written(text) });
      expect(pages.find("/v1/charges?0", "end")).toBeDefined();
    }
    const kept = Array.from({ length: 100 }, (_, at) => pages.find(`/v1/charges?${at}`, "end"));
    expect(kept.filter((page) => page !== undefined).length).toBeLessThan(18);
  });
});

describe.each(testEngines(inject("postgresUrl")))(
  "a list that is asked for again on $name",
  (engine) => {
    let platform: TestPlatform;
    let pages: RememberedPages;
    let found: number;
    beforeAll(async () => {
      platform = await openTestPlatform(engine);
      const remembered = createRememberedPages();
      pages = {
        ...remembered,
        find: (place, state) => {
          const page = remembered.find(place, state);
          if (page !== undefined) found += 1;
          return page;
        },
      };
      found = 0;
    });
    afterAll(() => platform.release());

    const operation = operations.find(
      ({ method, path }) => method === "GET" && path === "/v1/charges",
    );
    if (operation === undefined) throw new Error("the operation is gone");
    const compiled = compileOperation(operation);

    async function list(accountId = platform.scope.accountId): Promise<readonly ChargeRow[]> {
      const dispatch = createDispatch({
        authenticate: async () => ({
          accountId,
          kind: "secret",
          livemode: false,
          permissions: null,
          shownKey: "",
        }),
        checkRate: () => undefined,
        onFault: (_id, error) => {
          throw error;
        },
        pages,
        platform,
        requestLogUrl: () => undefined,
        resources,
      });
      const answer = await dispatch(compiled, {
        body: null,
        clientIp: null,
        header: () => undefined,
        ids: [],
        path: "/v1/charges",
        query: "limit=3",
      });
      expect(answer.status).toBe(200);
      return JSON.parse(answer.body).data;
    }

    async function charge(): Promise<ChargeRow> {
      const create = operations.find(
        ({ method, path }) => method === "POST" && path === "/v1/charges",
      );
      const parameters = { amount: 2000, currency: "usd", source: "tok_visa" };
      return (await create?.run(platform.context(), parameters as never, "", "")) as ChargeRow;
    }

    test("shows what was made, changed and removed since, and to each account its own", async () => {
      const first = await charge();
      for (let time = 0; time < 4; time += 1) expect(await list()).toHaveLength(1);
      expect(found).toBeGreaterThan(0);

      const second = await charge();
      expect((await list()).map(({ id }) => id)).toEqual([second.id, first.id]);
      await list();

      const changed = await platform.database.transact(async (tx) =>
        tx.update(charges, second, { description: "changed" }),
      );
      expect((await list())[0]?.description).toBe("changed");
      await list();

      await platform.database.transact(async (tx) => tx.remove(charges, changed));
      expect((await list()).map(({ id }) => id)).toEqual([first.id]);
      expect(await list(`${platform.scope.accountId}x`)).toEqual([]);
    });
  },
);
