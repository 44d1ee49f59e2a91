/**
 * The log on each engine: bounded whatever arrives, written in batches, kept for its days, read page by page without
 * gaps; and a database that fails costs records and nothing else.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Context } from "../context.ts";
import type { Answer } from "../http/answer.ts";
import type { Asked } from "../http/call.ts";
import { parseForm } from "../http/form/parse-form.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../testing/platform.ts";
import { createRequestLog, type Keeps, type RequestLog } from "./log.ts";
import { pruneRequestLogs } from "./prune.ts";
import { findRecord, listRecords, looksMax } from "./read.ts";
import { keptPerSecond } from "./sampler.ts";
import { requestLogs } from "./schema.ts";

const success: Answer = { body: '{"id":"ch_1"}', headers: {}, status: 200 };
const failure: Answer = {
  body: '{"error":{"code":"card_declined","message":"Your card was declined.","type":"card_error"}}\n',
  headers: {},
  status: 402,
};

describe.each(testEngines(inject("postgresUrl")))("on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  let count = 0;
  /** Each test has an account of its own. */
  const newContext = (): Context => ({
    ...platform.context(),
    accountId: `acct_${platform.ids.secret(16)}`,
  });
  const askedBy = (context: Context, about: Partial<Asked> & { path?: string } = {}): Asked => ({
    caller: {
      accountId: context.accountId,
      kind: "secret",
      livemode: context.livemode,
      permissions: null,
      shownKey: "sk_test_****1234",
    },
    hidesAnswer: false,
    incoming: {
      body: null,
      clientIp: "127.0.0.1",
      header: (name) => (name === "user-agent" ? "a library" : undefined),
      ids: [],
      path: about.path ?? "/v1/charges",
      query: "",
    },
    method: "POST",
    requestId: `req_${++count}`,
    tree: parseForm("amount=2000"),
    ...about,
  });
  /** A log whose second passes whenever it is asked what time it is. */
  const fastLog = (keeps: Keeps = "writes"): RequestLog => {
    let nowMs = 0;
    const monotonic = (): number => {
      nowMs += 1000;
      return nowMs;
    };
    return createRequestLog({ ...platform, clock: { ...platform.clock, monotonic }, keeps });
  };
  const idsOf = async (context: Context, request = {}): Promise<string[]> =>
    (await listRecords(context, { limit: 100, ...request })).rows.map(({ id }) => id);

  test("a request is read back as it was asked and answered", async () => {
    const context = newContext();
    const log = fastLog();
    log.add(askedBy(context, { requestId: "req_read" }), failure, 1.25);
    expect(await log.write()).toBe(false);
    expect(await findRecord(context, "req_read")).toMatchObject({
      answer: { error: { code: "card_declined" } },
      api_key: "sk_test_****1234",
      duration_us: 1250,
      error_code: "card_declined",
      error_message: "Your card was declined.",
      error_type: "card_error",
      method: "POST",
      parameters: { amount: "2000" },
      path: "/v1/charges",
      status: 402,
      user_agent: "a library",
    });
  });

  test.each([
    ["off", []],
    ["errors", ["GET 402", "POST 402"]],
    ["writes", ["DELETE 200", "GET 402", "POST 200", "POST 402"]],
    ["all", ["DELETE 200", "GET 200", "GET 402", "POST 200", "POST 402"]],
  ] as const)(
    "%s keeps what it says, and no answer of a read that succeeded",
    async (keeps, kept) => {
      const context = newContext();
      const log = fastLog(keeps);
      for (const [method, answer] of [
        ["GET", success],
        ["GET", failure],
        ["POST", success],
        ["POST", failure],
        ["DELETE", success],
      ] as const) {
        log.add(askedBy(context, { method }), answer, 1);
      }
      await log.flush();
      const { rows } = await listRecords(context, { limit: 100 });
      expect(rows.map(({ method, status }) => `${method} ${status}`).toSorted()).toEqual(kept);
      for (const { answer, method, status } of rows) {
        expect(answer === null).toBe(method === "GET" && status === 200);
      }
    },
  );

  test("reading the log leaves nothing in it, or whoever follows it would never see the end; errors do", async () => {
    const context = newContext();
    const log = fastLog("all");
    for (const path of ["/v1/istripe/request_logs", "/v1/istripe/request_logs/req_1"]) {
      log.add(askedBy(context, { method: "GET", path }), success, 1);
    }
    log.add(
      askedBy(context, { method: "GET", path: "/v1/istripe/request_logs", requestId: "req_kept" }),
      failure,
      1,
    );
    await log.flush();
    expect(await idsOf(context)).toEqual(["req_kept"]);
  });

  test("the answer that shows a secret once is not kept", async () => {
    const context = newContext();
    const log = fastLog();
    const asked = askedBy(context, { hidesAnswer: true, requestId: "req_hidden" });
    log.add(asked, { ...success, body: '{"secret":"x","key":"y"}' }, 1);
    await log.flush();
    expect((await findRecord(context, "req_hidden")).answer).toBeNull();
  });

  test("of 100,000 requests that nobody writes, the newest 2,000 wait and the others are counted", async () => {
    const context = newContext();
    const log = fastLog();
    for (let at = 0; at < 100_000; at++) {
      log.add(askedBy(context, { requestId: `req_${context.accountId}_${at}` }), success, 1);
    }
    expect(log.counts()).toEqual({ dropped: 98_000, sampledOut: 0, written: 0 });
    await log.flush();
    expect(log.counts()).toEqual({ dropped: 98_000, sampledOut: 0, written: 2000 });
    const [newest] = await idsOf(context);
    expect(newest).toBe(`req_${context.accountId}_99999`);
    await expect(findRecord(context, `req_${context.accountId}_97999`)).rejects.toThrow();
    await findRecord(context, `req_${context.accountId}_98000`);
  });

  test("of 100,000 requests within seconds a few hundred a second are kept, each error among them", async () => {
    const context = newContext();
    const log = createRequestLog({ ...platform, keeps: "all" });
    const startedMs = performance.now();
    for (let at = 0; at < 100_000; at++) {
      log.add(askedBy(context), at % 10_000 === 0 ? failure : success, 1);
    }
    const seconds = Math.ceil((performance.now() - startedMs) / 1000);
    await log.flush();
    const { dropped, sampledOut, written } = log.counts();
    expect(written + sampledOut + dropped).toBe(100_000);
    expect(written).toBeLessThanOrEqual((seconds + 1) * 2 * keptPerSecond);
    expect(await idsOf(context, { status_class: "4xx" })).toHaveLength(10);
  });

  test("a request of a megabyte leaves a record of a few kilobytes, and holds no more until it is written", async () => {
    const context = newContext();
    const log = fastLog();
    const asked = askedBy(context, { requestId: "req_large" });
    const body = Buffer.alloc(1_000_000);
    const tree = parseForm(`description=${"x".repeat(1_000_000)}`);
    const incoming = { ...asked.incoming, body };
    log.add({ ...asked, incoming, tree }, { ...success, body: `"${"y".repeat(100_000)}"` }, 1);
    await log.flush();
    const { answer, parameters } = await findRecord(context, "req_large");
    expect(JSON.stringify(parameters).length).toBeLessThan(4200);
    expect(JSON.stringify(answer).length).toBeLessThan(16_500);
  });

  /** 25 records: reads and writes, successes and failures, of two paths. @returns their ids, newest first. */
  async function fillLog(context: Context): Promise<string[]> {
    const log = fastLog("all");
    const ids: string[] = [];
    for (let at = 0; at < 25; at++) {
      const requestId = `${context.accountId}_${at}`;
      const path = at % 2 === 0 ? "/v1/charges" : "/v1/tokens";
      const method = at % 5 === 0 ? "GET" : "POST";
      log.add(askedBy(context, { method, path, requestId }), at % 3 === 0 ? failure : success, 1);
      ids.unshift(requestId);
    }
    await log.flush();
    return ids;
  }

  test("pages join without gap or overlap", async () => {
    const context = newContext();
    const all = await fillLog(context);
    const seen: string[] = [];
    for (let hasMore = true; hasMore; ) {
      const after = seen.at(-1);
      const page = await listRecords(context, {
        limit: 7,
        ...(after === undefined ? {} : { starting_after: after }),
      });
      seen.push(...page.rows.map(({ id }) => id));
      hasMore = page.hasMore;
    }
    expect(seen).toEqual(all);
  });

  test("filters find what they name", async () => {
    const context = newContext();
    const all = await fillLog(context);
    const those = (keep: (at: number) => boolean): string[] =>
      all.filter((_, index) => keep(24 - index));
    expect(await idsOf(context, { status_class: "4xx" })).toEqual(those((at) => at % 3 === 0));
    expect(await idsOf(context, { status_class: "2xx" })).toEqual(those((at) => at % 3 !== 0));
    expect(await idsOf(context, { status_class: "5xx" })).toEqual([]);
    expect(await idsOf(context, { method: "GET" })).toEqual(those((at) => at % 5 === 0));
    expect(await idsOf(context, { method: "GET", path: "/v1/tokens" })).toEqual(
      those((at) => at % 10 === 5),
    );
    const { created } = await findRecord(context, `${context.accountId}_24`);
    expect(await idsOf(context, { created: { gt: created } })).toEqual([]);
    expect(await idsOf(context, { created: { lt: created - 100 } })).toEqual([]);
    expect(await idsOf(context, { created: { gte: created - 100, lte: created } })).toEqual(all);
  });

  test("no other account and no other mode reads a record", async () => {
    const context = newContext();
    const log = fastLog();
    log.add(askedBy(context, { requestId: "req_mine" }), success, 1);
    await log.flush();
    for (const other of [newContext(), { ...context, livemode: true }]) {
      await expect(findRecord(other, "req_mine")).rejects.toMatchObject({ status: 404 });
      await expect(listRecords(other, { starting_after: "req_mine" })).rejects.toMatchObject({
        status: 400,
      });
      expect(await idsOf(other)).toEqual([]);
    }
  });

  test("a filter that finds nothing in a long log says that there is more to look at", async () => {
    const context = newContext();
    const sample = askedBy(context);
    const row = {
      ...(await recordFor(sample)),
      account_id: context.accountId,
    };
    for (let from = 0; from <= looksMax; from += 1000) {
      await platform.database.transact(async (tx) => {
        for (let at = from; at < from + 1000; at++) {
          tx.insert(requestLogs, { ...row, created: at, id: `req_${at}`, position: at });
        }
      });
    }
    const page = await listRecords(context, { path: "/v1/nothing" });
    expect(page).toEqual({ hasMore: true, rows: [] });
    const rest = await listRecords(context, { created: { lt: 1000 }, path: "/v1/nothing" });
    expect(rest).toEqual({ hasMore: false, rows: [] });
  });

  /** A row as the log writes it. */
  async function recordFor(asked: Asked) {
    const context = { ...platform.context(), accountId: asked.caller.accountId };
    const log = fastLog();
    log.add(asked, success, 1);
    await log.flush();
    return findRecord(context, asked.requestId);
  }

  test("records leave after their days, and not before", async () => {
    const context = newContext();
    const row = await recordFor(askedBy(context));
    const now = Math.floor(Date.now() / 1000);
    const day = 24 * 3600;
    await platform.database.transact(async (tx) => {
      for (let at = 0; at < 250; at++) {
        tx.insert(requestLogs, { ...row, created: now - 7 * day - 60 - at, id: `old_${at}` });
      }
      tx.insert(requestLogs, { ...row, created: now - 7 * day + 60, id: "young" });
    });
    const turns = [];
    do turns.push(await pruneRequestLogs(platform, context, 7));
    while (turns.at(-1) === true);
    expect(turns).toEqual([true, true, false]);
    expect((await idsOf(context)).toSorted()).toEqual(["young", row.id].toSorted());
    expect(await pruneRequestLogs(platform, context, 30)).toBe(false);
    expect(await idsOf(context)).toHaveLength(2);
  });
});

test("after the database is gone, requests are still taken note of, and the log says what it could not write", async () => {
  const [engine = expect.fail()] = testEngines(inject("postgresUrl"));
  const platform = await openTestPlatform(engine);
  await platform.release();
  const log = createRequestLog({ ...platform, keeps: "writes" });
  const asked: Asked = {
    caller: { ...platform.scope, kind: "secret", permissions: null, shownKey: "" },
    hidesAnswer: false,
    incoming: {
      body: null,
      clientIp: null,
      header: () => undefined,
      ids: [],
      path: "/v1/charges",
      query: "",
    },
    method: "POST",
    requestId: "req_lost",
    tree: undefined,
  };
  log.add(asked, success, 1);
  await expect(log.write()).rejects.toThrow();
  log.add(asked, success, 1);
  // It waits before it asks the database again.
  expect(await log.write()).toBe(false);
  await log.flush();
  expect(log.counts().written).toBe(0);
});
