/**
 * A small shop, the same behind every framework: what it does about an event, once in its own database's transaction and
 * once outside. It counts every effect without refusing a second one, and can be told to die in the middle of a handler.
 */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createReceiver,
  type HandlerContext,
  type Receiver,
  type WebhookEvent,
} from "@istripe/webhooks";
import { postgresInbox } from "@istripe/webhooks/postgres";
import { sqliteInbox } from "@istripe/webhooks/sqlite";
import pg from "pg";

export interface ShopSettings {
  readonly databaseUrl: string;
  readonly secret: string;
  readonly settleMs: number;
  /** Die with SIGKILL at this effect, counted from the start of the process; 0 for never. */
  readonly dieAtEffect: number;
  /** Where the charges of the events are; empty if they are made up. */
  readonly apiUrl: string;
  readonly apiKey: string;
}

export interface Shop {
  readonly webhooks: Receiver<unknown>;
  close(): Promise<void>;
}

/** What the test reads afterwards. `effects` has no key on purpose: two of one event would both be there. */
export const shopTables = `
  create table if not exists attempts (event_id text not null);
  create table if not exists mails (idempotency_key text primary key);
  create table if not exists refunds (object_id text primary key, amount_refunded bigint not null);
  create table if not exists effects (event_id text not null, object_id text not null, created bigint not null)`;

const timing = { concurrency: 4, leaseMs: 400, pollMs: 25, retryDelayMs: () => 20 };

export function readSettings(): ShopSettings {
  const { API_KEY, API_URL, DATABASE_URL, DIE_AT_EFFECT, SETTLE_MS, WEBHOOK_SECRET } = process.env;
  return {
    apiKey: API_KEY ?? "",
    apiUrl: API_URL ?? "",
    databaseUrl: DATABASE_URL ?? "",
    dieAtEffect: Number(DIE_AT_EFFECT ?? 0),
    secret: WEBHOOK_SECRET ?? "",
    settleMs: Number(SETTLE_MS ?? 0),
  };
}

export async function openShop(settings: ShopSettings): Promise<Shop> {
  const shop = settings.databaseUrl.startsWith("postgres://")
    ? await openOnPostgres(settings)
    : openOnSqlite(settings);
  await shop.webhooks.start();
  return shop;
}

/** What every receiver of the shop has in common. */
function receiverOptions({ apiKey, apiUrl, secret, settleMs }: ShopSettings) {
  const current = async (event: WebhookEvent): Promise<unknown> => {
    const answer = await fetch(`${apiUrl}/v1/charges/${event.data.object["id"]}`, {
      headers: { authorization: `Bearer ${apiKey}` },
      signal: AbortSignal.timeout(5_000),
    });
    if (!answer.ok) throw new Error(`The charge could not be fetched: ${answer.status}.`);
    return answer.json();
  };
  return { ...timing, current, secret, settleMs };
}

/** What the charge says of its refunds now: events of one charge may come in any order, and this is right after all. */
async function refundOf(
  { apiUrl }: ShopSettings,
  context: HandlerContext,
): Promise<[string, number] | undefined> {
  if (apiUrl === "") return undefined;
  const charge = await context.current<{ id: string; amount_refunded: number }>();
  return [charge.id, charge.amount_refunded];
}

/** Dies with an effect written and nothing committed, as a power cut would have it. */
function mortal({ dieAtEffect }: ShopSettings): () => void {
  let effects = 0;
  return () => {
    effects += 1;
    if (effects === dieAtEffect) process.kill(process.pid, "SIGKILL");
  };
}

const keepRefund = (values: string): string =>
  `insert into refunds values (${values})
  on conflict (object_id) do update set amount_refunded = excluded.amount_refunded`;

const effectOf = (event: WebhookEvent): [string, string, number] => [
  event.id,
  String(event.data.object["id"]),
  event.created,
];

async function openOnPostgres(settings: ShopSettings): Promise<Shop> {
  const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: 8 });
  const inbox = postgresInbox(pool);
  const webhooks: Receiver<pg.PoolClient> = createReceiver({ ...receiverOptions(settings), inbox });
  const maybeDie = mortal(settings);
  webhooks.on("charge.*", async (event, context) => {
    await pool.query("insert into attempts values ($1)", [event.id]);
    await pool.query("insert into mails values ($1) on conflict do nothing", [
      context.idempotencyKey,
    ]);
    const refund = await refundOf(settings, context);
    if (refund !== undefined) await pool.query(keepRefund("$1, $2"), refund);
    await sleep(2);
  });
  webhooks.inTransaction("charge.*", async (event, { transaction }) => {
    await transaction.query("insert into effects values ($1, $2, $3)", effectOf(event));
    await sleep(5);
    maybeDie();
  });
  const close = async (): Promise<void> => {
    await webhooks.close();
    await pool.end();
  };
  return { close, webhooks: webhooks as unknown as Receiver<unknown> };
}

function openOnSqlite(settings: ShopSettings): Shop {
  const database = new DatabaseSync(settings.databaseUrl, { timeout: 5_000 });
  const inbox = sqliteInbox(database);
  const webhooks: Receiver<DatabaseSync> = createReceiver({ ...receiverOptions(settings), inbox });
  const maybeDie = mortal(settings);
  webhooks.on("charge.*", async (event, context) => {
    database.prepare("insert into attempts values (?)").run(event.id);
    database
      .prepare("insert into mails values (?) on conflict do nothing")
      .run(context.idempotencyKey);
    const refund = await refundOf(settings, context);
    if (refund !== undefined) database.prepare(keepRefund("?, ?")).run(...refund);
    await sleep(5);
  });
  webhooks.inTransaction("charge.*", (event, { transaction }) => {
    transaction.prepare("insert into effects values (?, ?, ?)").run(...effectOf(event));
    maybeDie();
  });
  const close = async (): Promise<void> => {
    await webhooks.close();
    database.close();
  };
  return { close, webhooks: webhooks as unknown as Receiver<unknown> };
}

/** Says that the application is ready, and ends it on SIGTERM: the door first, then the shop. */
export function runUntilTerminated(closeDoor: () => Promise<unknown>, shop: Shop): void {
  process.once("SIGTERM", async () => {
    await closeDoor();
    await shop.close();
  });
  process.stdout.write("ready\n");
}
