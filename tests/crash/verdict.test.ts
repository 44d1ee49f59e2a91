/**
 * The judge is judged: each check of the crash tests passes on an honest server, and fails when the one thing that it
 * looks for has happened. Without this a crash test could pass because it sees nothing.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cardForm } from "../support/http.ts";
import { createStore, type TestStore } from "../support/server.ts";
import { type Caller, post } from "./api-client.ts";
import { expectJournalAgrees } from "./journal.ts";
import { type Load, startLoad } from "./load.ts";
import {
  pause,
  releaseAll,
  type SimulatorChild,
  startServer,
  startSimulator,
  temporaryDirectory,
} from "./process.ts";
import { restOf, toldCharges } from "./told.ts";
import {
  expectBalanced,
  expectKept,
  expectLedgerSumsToZero,
  expectOneEffectPerKey,
  expectOneEventPerChange,
} from "./verdict.ts";

let store: TestStore;
let simulator: SimulatorChild;
let caller: Caller;
let load: Load;

beforeAll(async () => {
  store = await createStore("sqlite");
  simulator = await startSimulator({ journalFile: join(temporaryDirectory(), "journal") });
  const flags = ["--simulator-url", simulator.url, "--log-level", "silent"];
  const server = await startServer({ args: [...store.flags, ...flags] });
  caller = { secretKey: server.secret_key, url: () => server.url };
  load = startLoad({ caller, clientCount: 4, pauseMs: 5, seed: 7 });
  // Something of everything that clients do.
  while (!isVaried(load)) await pause(20);
  await load.end();
  // The fold of the ledger comes by every two seconds.
  while ((await store.query("select 1 from ledger_totals limit 1")).length === 0) await pause(50);
}, 120_000);

function isVaried({ acknowledged }: Load): boolean {
  const told = [...toldCharges(acknowledged).values()];
  return (
    acknowledged.length > 60 &&
    told.some((charge) => restOf(charge) > 0 && charge.refunds.length > 0) &&
    told.some(({ capture, isHold, refunds }) => isHold && capture === undefined && refunds[0])
  );
}

afterAll(async () => {
  await releaseAll();
  store.remove();
});

const journal = (): string => readFileSync(simulator.journalFile, "utf8");
const charges = () => expectOneEffectPerKey(caller, load.acknowledged);

let writeCount = 0;

/** The server shows its readers what was durable at its last commit, so changes made past it need a commit to be seen. */
async function commitSomething(): Promise<void> {
  const idempotencyKey = `seen-${++writeCount}`;
  const { status } = await post(caller, { form: cardForm(), idempotencyKey, path: "/v1/tokens" });
  expect(status).toBe(200);
}

/**
 * Changes the store past the server, rows with their versions as everybody must, while `judge` must
 * fail, and puts it back.
 */
async function whileChanged(
  change: { readonly change: string; readonly back: string },
  judge: () => Promise<unknown>,
): Promise<void> {
  await store.query(change.change);
  await commitSomething();
  try {
    await expect(judge()).rejects.toThrow();
  } finally {
    await store.query(change.back);
    await commitSomething();
  }
  await judge();
}

it("an honest server passes every check", async () => {
  expect(load.acknowledged.length).toBeGreaterThan(20);
  expect(load.contradictions).toEqual([]);
  await expectKept(caller, load.acknowledged);
  const all = await charges();
  expectJournalAgrees(journal(), all, load.acknowledged);
  await expectOneEventPerChange(caller, all, load.acknowledged);
  await expectBalanced(caller, all);
  await expectLedgerSumsToZero(store.query);
});

const oneSucceeded = "(select min(id) from charges where status = 'succeeded')";

it("a charge that changed after it was acknowledged is noticed", async () => {
  await whileChanged(
    {
      back: `update charges set description = null where id = ${oneSucceeded}`,
      change: `update charges set description = 'other' where id = ${oneSucceeded}`,
    },
    () => expectKept(caller, load.acknowledged),
  );
});

it("a charge that was acknowledged and lost is noticed, and so is one that nobody asked for", async () => {
  const columns = (await store.query("select name from pragma_table_info('charges')"))
    .map(({ name }) => String(name))
    .filter((name) => name !== "id")
    .join(", ");
  await whileChanged(
    {
      back: "update charges set account_id = substr(account_id, 2) where account_id like 'x%'",
      change: `update charges set account_id = 'x' || account_id where id = ${oneSucceeded}`,
    },
    charges,
  );
  await whileChanged(
    {
      back: "delete from charges where id = 'ch_zzz'",
      change: `insert into charges (id, ${columns}) select 'ch_zzz', ${columns} from charges where id = ${oneSucceeded}`,
    },
    charges,
  );
});

it("a charge that is still pending is noticed", async () => {
  const oneFailed = "(select min(id) from charges where failure_code is not null)";
  await whileChanged(
    {
      back: `update charges set status = 'failed', version = version + 1 where id = ${oneFailed}`,
      change: `update charges set status = 'pending', version = version + 1 where id = ${oneFailed}`,
    },
    charges,
  );
});

it("a card that was charged twice, or for another amount, is noticed", async () => {
  const all = await charges();
  const [first = ""] = journal().split("\n");
  const agree = (text: string) => () => expectJournalAgrees(text, all, load.acknowledged);
  expect(agree(`${journal()}${first}\n`)).toThrow();
  const { reference }: { readonly reference: string } = JSON.parse(first);
  expect(agree(journal().replaceAll(reference, "ch_other"))).toThrow();
  const other = first.replace(/"amount":\d+/, '"amount":1');
  expect(agree(journal().replace(first, other))).toThrow();
});

it.each(["capture", "release", "refund"])(
  "a %s that was made twice, or never, or of something else, is noticed",
  async (kind) => {
    const all = await charges();
    const agree = (text: string) => () => expectJournalAgrees(text, all, load.acknowledged);
    const line = journal()
      .split("\n")
      .find((each) => each.startsWith(`{"kind":"${kind}"`));
    if (line === undefined) throw new Error(`the load made no ${kind}`);
    expect(agree(`${journal()}${line}\n`)).toThrow();
    expect(agree(journal().replace(`${line}\n`, ""))).toThrow();
    const elsewhere = line.replace(/"authorization":"\w+"/, '"authorization":"ch_other"');
    expect(agree(journal().replace(line, elsewhere))).toThrow();
    expect(agree(journal().replace(line, line.replace('"done"', '"refused"')))).toThrow();
    if (kind === "release") return;
    const other = line.replace(/"amount":\d+/, '"amount":1');
    expect(agree(journal().replace(line, other))).toThrow();
  },
);

const oneRefund = "(select min(id) from refunds where balance_transaction is not null)";

it("a refund that was acknowledged and lost is noticed, and so is one that nobody asked for", async () => {
  await whileChanged(
    {
      back: "update refunds set account_id = substr(account_id, 2), version = version + 1 where account_id like 'x%'",
      change: `update refunds set account_id = 'x' || account_id, version = version + 1 where id = ${oneRefund}`,
    },
    charges,
  );
  const columns = (await store.query("select name from pragma_table_info('refunds')"))
    .map(({ name }) => String(name))
    .filter((name) => name !== "id")
    .join(", ");
  await whileChanged(
    {
      back: "delete from refunds where id = 're_zzz'",
      change: `insert into refunds (id, ${columns}) select 're_zzz', ${columns} from refunds where id = ${oneRefund}`,
    },
    charges,
  );
});

it("money that was captured or refunded and is not told so is noticed", async () => {
  const all = await charges();
  const oneCaptured = "(select min(id) from charges where captured and amount_refunded = 0)";
  const marked = `id = ${oneCaptured}`;
  await whileChanged(
    {
      back: "update charges set amount_captured = amount_captured + 1, description = null, version = version + 1 where description = 'less'",
      change: `update charges set amount_captured = amount_captured - 1, description = 'less', version = version + 1 where ${marked}`,
    },
    () => expectKept(caller, load.acknowledged),
  );
  const judged = async () => expectBalanced(caller, await charges());
  await whileChanged(
    {
      back: `update refunds set amount = amount + 1, version = version + 1 where id = ${oneRefund}`,
      change: `update refunds set amount = amount - 1, version = version + 1 where id = ${oneRefund}`,
    },
    judged,
  );
  await whileChanged(
    {
      back: `update charges set amount_refunded = amount_refunded - 1, description = null, version = version + 1 where description = 'more'`,
      change: `update charges set amount_refunded = amount_refunded + 1, description = 'more', version = version + 1 where ${marked}`,
    },
    judged,
  );
  await expectBalanced(caller, all);
});

it("an event that is missing is noticed", async () => {
  const all = await charges();
  await whileChanged(
    {
      back: "update events set account_id = substr(account_id, 2) where account_id like 'x%'",
      change:
        "update events set account_id = 'x' || account_id where id = (select min(id) from events)",
    },
    () => expectOneEventPerChange(caller, all, load.acknowledged),
  );
});

it("money that does not add up is noticed in the balance and in the ledger", async () => {
  const all = await charges();
  const first = "where rowid = (select min(rowid) from ledger_totals)";
  const change = {
    back: `update ledger_totals set balance = balance - 1, fees = fees + 1 ${first}`,
    change: `update ledger_totals set balance = balance + 1, fees = fees - 1 ${first}`,
  };
  await whileChanged(change, () => expectBalanced(caller, all));
  await whileChanged(change, () => expectLedgerSumsToZero(store.query));
  // One leg alone cannot even be written.
  const unbalanced = `update ledger_totals set balance = balance + 1 ${first}`;
  await expect(store.query(unbalanced)).rejects.toThrow(/CHECK constraint/);
});
