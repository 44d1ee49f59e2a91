/**
 * Opens the long-lived parts in the order in which they need each other: database, first account, clock, vault,
 * processors. What the rest of the server shares comes from here.
 */
import { join } from "node:path";
import { namedTestCards } from "@istripe/simulator";
import { openVault, type Vault } from "@istripe/vault";
import { openFirstAccount } from "./accounts/accounts/open-first.ts";
import { operations } from "./api.ts";
import type { Platform } from "./context.ts";
import { createClock, systemNow } from "./core/clock.ts";
import { createIds } from "./core/ids.ts";
import { cardPaths } from "./http/compiled-operation.ts";
import type { Processor } from "./processors/processor.ts";
import { createSimulatorProcessor } from "./processors/simulator/adapter.ts";
import { type Config, ConfigError } from "./program/config.ts";
import { type Database, StorageLocked } from "./store/database.ts";
import { openStorage, type StorageSettings } from "./store/open.ts";
import { createOutbox, type WebhookOutbox } from "./webhooks/deliveries/outbox.ts";
import { recordEvents } from "./webhooks/events/record.ts";

export interface OpenPlatform {
  readonly platform: Platform;
  readonly outbox: WebhookOutbox;
  /** The account that the first start made, which keys without an account of their own belong to. */
  readonly firstAccountId: string;
  close(): Promise<void>;
}

/**
 * @param onLost told when another server has taken the database: going on could charge a card twice.
 * @throws ConfigError when a file or another process stands in the way.
 */
export async function openPlatform(
  config: Config,
  onLost: (error: Error) => void,
): Promise<OpenPlatform> {
  const ids = createIds(systemNow);
  const outbox = createOutbox({ ids, systemNow });
  const database = await openOrRefuse({
    dataDir: config.dataDir,
    databaseUrl: config.databaseUrl,
    onEvents: recordEvents(ids, outbox),
    onLost,
  });
  const account = await openFirstAccount(database, ids, {
    clockStartMs: config.clockStartMs,
    nowMs: systemNow(),
  });
  const clock = createClock(account.test_clock_offset_ms);
  const startedAt = { live: clock.business(true), test: clock.business(false) };
  const vault = openVault({
    directory: config.dataDir === null ? null : join(config.dataDir, "vault"),
    monotonicNow: clock.monotonic,
    testCards: namedTestCards(),
  });
  vault.ingress.protect(cardPaths(operations));
  const simulator = openSimulator(vault, config.simulatorUrl);
  return {
    close: async () => {
      await database.close();
      vault.close();
    },
    firstAccountId: account.account_id,
    outbox,
    platform: {
      clock,
      database,
      ids,
      instanceId: ids.secret(16),
      outbox,
      // Live mode never simulates: it has no processor until one is configured.
      processorOf: (livemode) => (livemode ? undefined : simulator),
      startedAt: (livemode) => startedAt[livemode ? "live" : "test"],
      tokenLifetimeSeconds: config.tokenLifetimeSeconds,
      vault,
    },
  };
}

/** A start that another process or an unusable place prevents is the operator's to mend: one sentence. */
async function openOrRefuse(settings: StorageSettings): Promise<Database> {
  try {
    return await openStorage(settings);
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof StorageLocked) throw new ConfigError(message, { cause: error });
    throw new ConfigError(
      settings.databaseUrl === null
        ? `ISTRIPE_DATA_DIR is ${settings.dataDir}, which cannot be used (${message}): give a directory that this user may write.`
        : `ISTRIPE_DATABASE_URL names a PostgreSQL that cannot be used (${message}): start it, or correct the address.`,
      { cause: error },
    );
  }
}

function openSimulator(vault: Vault, url: string | null): Processor {
  try {
    return createSimulatorProcessor(vault.egress, { url });
  } catch (error) {
    throw new ConfigError(`ISTRIPE_SIMULATOR_URL is ${url}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
