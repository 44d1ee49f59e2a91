/**
 * A process that only sends webhooks, beside the server that has the database: for more deliveries than one process can
 * send. It takes no requests, changes no schema, makes no keys, and may be killed at any time: what it had in hand is
 * taken over when its leases end.
 */
import { join } from "node:path";
import { openSecretReader, type SecretReader } from "@istripe/vault";
import { allAccounts, oldestAccount } from "../accounts/accounts/store.ts";
import { serializeEvent } from "../api.ts";
import { createClock, systemNow } from "../core/clock.ts";
import { createIds } from "../core/ids.ts";
import { createMailer } from "../mail/mailer.ts";
import type { Database } from "../store/database.ts";
import { openSharedStorage } from "../store/open.ts";
import { createOutbox } from "../webhooks/deliveries/outbox.ts";
import { disabledNotice } from "../webhooks/endpoints/disabled-notice.ts";
import { recordEvents } from "../webhooks/events/record.ts";
import { openWebhooks, type Webhooks } from "../webhooks/open.ts";
import { type Config, ConfigError } from "./config.ts";
import { openLog } from "./logging.ts";

export interface RunningWorker {
  /** Its name in leases. */
  readonly owner: string;
  /** Finishes what is under way, then releases everything. */
  close(): Promise<void>;
}

/** How soon it looks again: at once while there is something, less and less often while there is not. */
const lookMinMs = 20;
const lookMaxMs = 200;
/** Looking takes at most this share of the time, however many endpoints there are. */
const lookShareMax = 0.1;

/**
 * @param options `leaseMs`: how long what it has in hand is nobody else's; only tests are in a hurry.
 * @throws ConfigError when a setting, a file or the database stands in the way: one sentence for the operator.
 */
export async function startDeliveryWorker(
  config: Config,
  options: { readonly leaseMs?: number } = {},
): Promise<RunningWorker> {
  const log = openLog(config.logLevel);
  const ids = createIds(systemNow);
  const outbox = createOutbox({ ids, systemNow });
  const database = await openDatabase(config, recordEvents(ids, outbox));
  const secrets = openKeys(config);
  const clock = createClock(await clockOffsetMs(database));
  const owner = `worker-${ids.secret(12)}`;
  const onFailure = (work: string, error: unknown): void =>
    log.logger.error({ err: error, work }, "work failed and will be tried again");
  const mailer = createMailer(config.mail, (error) =>
    log.logger.error({ err: error }, "a mail could not be sent"),
  );
  const platform = { clock, database, ids, outbox, vault: { secrets } };
  const webhooks = await openWebhooks({
    ...options,
    accounts: async () =>
      (await database.committed.select(allAccounts, {})).map(({ account_id }) => account_id),
    allowsPrivate: config.webhookPrivate,
    caFile: config.webhookCaFile,
    onDisabled: (endpoint) => void disabledNotice({ log: log.logger, mailer, platform }, endpoint),
    onFailure,
    outbox,
    owner,
    platform,
    serialize: serializeEvent,
  });
  const watch = startWatch(webhooks, clock.monotonic, onFailure);
  log.logger.info({ owner }, "a worker sends webhooks");
  return {
    close: async () => {
      await watch.stop();
      await webhooks.close();
      await database.close();
      secrets.close();
      log.close();
    },
    owner,
  };
}

async function openDatabase(
  config: Config,
  onEvents: Parameters<typeof openSharedStorage>[0]["onEvents"],
): Promise<Database> {
  const { databaseUrl } = config;
  if (databaseUrl === null) {
    throw new ConfigError(
      "ISTRIPE_ROLE is worker, but on SQLite the server sends by itself: give ISTRIPE_DATABASE_URL, or leave the role out.",
    );
  }
  try {
    return await openSharedStorage({ databaseUrl, onEvents });
  } catch (error) {
    throw new ConfigError(
      `ISTRIPE_DATABASE_URL names a PostgreSQL that a worker cannot use (${(error as Error).message}): start the server on it, or correct the address.`,
      { cause: error },
    );
  }
}

function openKeys({ dataDir }: Config): SecretReader {
  if (dataDir === null) {
    throw new ConfigError(
      "ISTRIPE_ROLE is worker, which needs the server's keys: give it the server's ISTRIPE_DATA_DIR.",
    );
  }
  try {
    return openSecretReader(join(dataDir, "vault"));
  } catch (error) {
    throw new ConfigError((error as Error).message, { cause: error });
  }
}

async function clockOffsetMs(database: Database): Promise<number> {
  const [account] = await database.committed.select(oldestAccount, {});
  if (account === undefined) {
    throw new ConfigError("The database holds no account yet: start the server on it first.");
  }
  return account.test_clock_offset_ms;
}

/** Looks for work until it is stopped. A look that fails, as it does while the database is away, is tried again. */
function startWatch(
  webhooks: Webhooks,
  monotonicNow: () => number,
  onFailure: (work: string, error: unknown) => void,
): { stop(): Promise<void> } {
  let isStopped = false;
  let wake = (): void => {};
  const watch = async (): Promise<void> => {
    let waitMs = lookMinMs;
    while (!isStopped) {
      const startedMs = monotonicNow();
      const isAnyDue = await webhooks.discover().catch((error: unknown) => {
        onFailure("looking for webhook deliveries", error);
        return false;
      });
      waitMs = isAnyDue ? lookMinMs : Math.min(lookMaxMs, waitMs * 2);
      const tookMs = monotonicNow() - startedMs;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, Math.max(waitMs, tookMs / lookShareMax));
      });
    }
  };
  const watching = watch();
  return {
    stop: async () => {
      isStopped = true;
      wake();
      await watching;
    },
  };
}
