/**
 * A platform for the tests beside the code: a real engine, a real vault with its keys in memory, the real simulator,
 * and a business clock that the test moves. Nothing of ours is replaced by a stand-in.
 */
import { namedTestCards } from "@istripe/simulator";
import { type CardHandle, openVault } from "@istripe/vault";
import { accounts } from "../accounts/accounts/schema.ts";
import { initialSettings } from "../accounts/accounts/settings.ts";
import { operations } from "../api.ts";
import { type Context, type Platform, Refusal, type Scope } from "../context.ts";
import { createIds } from "../core/ids.ts";
import { cardPaths } from "../http/compiled-operation.ts";
import { createSimulatorProcessor } from "../processors/simulator/adapter.ts";
import { type Engine, enginesOn } from "../store/conformance/engines.ts";
import type { Transaction } from "../store/database.ts";
import { readMigrations } from "../store/migrations/migrate.ts";
import { createOutbox, type WebhookOutbox } from "../webhooks/deliveries/outbox.ts";
import { recordEvents } from "../webhooks/events/record.ts";

export interface TestPlatform extends Platform {
  /** Unix seconds of both business clocks; the test may move them forward. */
  now: number;
  readonly scope: Scope;
  readonly outbox: WebhookOutbox;
  /** What an operation is given, for a request that has no idempotency key. */
  context(): Context;
  /** A handle of this number, as a request body would bring it in. */
  card(number: string, cvc: string): CardHandle;
  release(): Promise<void>;
}

export const testEngines = (postgresUrl: string): readonly Engine[] => enginesOn(postgresUrl);

export async function openTestPlatform(engine: Engine): Promise<TestPlatform> {
  const ids = createIds(Date.now);
  const outbox = createOutbox({ ids, systemNow: Date.now });
  const opened = await engine.open({
    migrations: readMigrations(),
    onEvents: recordEvents(ids, outbox),
  });
  const vault = openVault({
    directory: null,
    monotonicNow: () => performance.now(),
    testCards: namedTestCards(),
  });
  vault.ingress.protect(cardPaths(operations));
  const simulator = createSimulatorProcessor(vault.egress);
  const scope: Scope = { accountId: `acct_${ids.secret(16)}`, livemode: false };
  const platform: TestPlatform = {
    card: (number, cvc) => {
      const { cards } = vault.ingress.cut(Buffer.from(`card[number]=${number}&card[cvc]=${cvc}`));
      const [card] = cards;
      if (card === undefined) throw new Error("the vault cut no card out of the body");
      return card;
    },
    clock: {
      business: () => platform.now,
      monotonic: () => performance.now(),
      system: Date.now,
    },
    context: () => contextOf(platform),
    database: opened.database,
    ids,
    instanceId: "test",
    now: 1_800_000_000,
    outbox,
    processorOf: (livemode) => (livemode ? undefined : simulator),
    release: async () => {
      await opened.release();
      vault.close();
    },
    scope,
    startedAt: () => 1_800_000_000,
    tokenLifetimeSeconds: 600,
    vault,
  };
  return platform;
}

/** The row of the platform's account, for what depends on its settings. */
export async function insertAccount({ database, now, scope }: TestPlatform): Promise<void> {
  const fresh = {
    account_id: scope.accountId,
    created: now,
    test_clock_offset_ms: 0,
    version: 1,
  };
  await database.transact(async (tx) => tx.insert(accounts, { ...initialSettings, ...fresh }));
}

function contextOf(platform: TestPlatform): Context {
  const finish = async <Row>(body: (tx: Transaction) => Promise<Row | Refusal>): Promise<Row> => {
    const row = await platform.database.transact(body);
    if (row instanceof Refusal) throw row.error;
    return row;
  };
  return {
    ...platform,
    ...platform.scope,
    finish,
    now: platform.now,
    phase: (_, body) => platform.database.transact(body),
    recovered: null,
    request: { clientIp: "127.0.0.1", id: "req_test", idempotencyKey: null },
  };
}
