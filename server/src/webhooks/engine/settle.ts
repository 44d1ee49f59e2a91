/**
 * Stores what became of attempts, many in one transaction: the attempt, what comes next for the delivery, and what the
 * endpoint has come to. A delivery that was changed meanwhile, by a resend say, is read again and not overruled.
 */
import type { Platform } from "../../context.ts";
import {
  type Database,
  StorageError,
  type Transaction,
  UniqueViolation,
} from "../../store/database.ts";
import {
  type WebhookDeliveryRow,
  webhookAttempts,
  webhookDeliveries,
} from "../deliveries/schema.ts";
import { afterAttempt } from "./after-attempt.ts";
import type { Attempted } from "./attempt.ts";
import { settleTogether } from "./settle-together.ts";

/** Results in one transaction at most. */
const batchMax = 128;

export interface Settler {
  /** @returns the delivery as it stands then. Rejects only when the database fails; then its lease will end. */
  settle(attempted: Attempted): Promise<WebhookDeliveryRow>;
  /** Resolves when all that was given has been stored or has failed. */
  drained(): Promise<void>;
}

interface Waiting {
  readonly attempted: Attempted;
  readonly resolve: (row: WebhookDeliveryRow) => void;
  readonly reject: (error: unknown) => void;
}

export function createSettler({ clock, database }: Pick<Platform, "database" | "clock">): Settler {
  let waiting: Waiting[] = [];
  let storing: Promise<void> | undefined;
  const store = storeOn(database, () => clock.system());

  const storeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchMax);
      waiting = waiting.slice(batchMax);
      await storeBatch(store, batch);
    }
  };
  return {
    drained: async () => {
      await storing;
    },
    settle: (attempted) =>
      new Promise((resolve, reject) => {
        waiting.push({ attempted, reject, resolve });
        storing ??= nextTurn()
          .then(storeAll)
          .finally(() => {
            storing = undefined;
          });
      }),
  };
}

/** Answers that arrive together are stored together. */
const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

type Store = (attempts: readonly Attempted[]) => Promise<readonly WebhookDeliveryRow[]>;

/** A result that cannot be stored at all does not take the others with it. */
async function storeBatch(store: Store, batch: readonly Waiting[]): Promise<void> {
  try {
    const rows = await store(batch.map(({ attempted }) => attempted));
    for (const [index, { resolve }] of batch.entries()) resolve(rows[index] as WebhookDeliveryRow);
  } catch (error) {
    if (batch.length > 1 && !(error instanceof StorageError)) {
      for (const one of batch) await storeBatch(store, [one]);
      return;
    }
    for (const { reject } of batch) reject(error);
  }
}

const storeOn = (database: Database, systemNow: () => number): Store =>
  database.dialect === "sqlite"
    ? (attempts) => storeInHand(database, systemNow, attempts)
    : async (attempts) => {
        const steps = attempts.map((attempted) => ({
          attempted,
          ...afterAttempt(attempted, attempted.delivery, systemNow()),
        }));
        const stored = await settleTogether(database, steps);
        const others = steps.filter(({ row }) => !stored.has(row.id));
        if (others.length === 0) return steps.map(({ row }) => row);
        const rows = await storeEach(database, systemNow, {
          attempts: others.map(({ attempted }) => attempted),
          isFirst: false,
        });
        const later = new Map(rows.map((row) => [row.id, row]));
        return steps.map(({ row }) => later.get(row.id) ?? row);
      };

/** A row that was changed meanwhile may show by the number of its attempt, which another one has taken. */
async function storeInHand(
  database: Database,
  systemNow: () => number,
  attempts: readonly Attempted[],
): Promise<WebhookDeliveryRow[]> {
  try {
    return await storeEach(database, systemNow, { attempts, isFirst: true });
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    return storeEach(database, systemNow, { attempts, isFirst: false });
  }
}

/** @param about `isFirst`: the rows in hand are nearly always the stored ones; where not, they are read again. */
function storeEach(
  database: Database,
  systemNow: () => number,
  about: { readonly attempts: readonly Attempted[]; readonly isFirst: boolean },
): Promise<WebhookDeliveryRow[]> {
  let runCount = about.isFirst ? 0 : 1;
  return database.transact(async (tx) => {
    runCount += 1;
    const rows: WebhookDeliveryRow[] = [];
    for (const attempted of about.attempts) {
      const row = runCount === 1 ? attempted.delivery : await latest(tx, attempted.delivery);
      rows.push(
        row === undefined ? attempted.delivery : storeAttempt(tx, systemNow(), { attempted, row }),
      );
    }
    return rows;
  });
}

const latest = (
  tx: Transaction,
  { account_id, id }: WebhookDeliveryRow,
): Promise<WebhookDeliveryRow | undefined> => tx.get(webhookDeliveries, { account_id, id });

/** @returns the delivery as it stands after the attempt. */
export function storeAttempt(
  tx: Transaction,
  nowMs: number,
  about: { readonly attempted: Attempted; readonly row: WebhookDeliveryRow },
): WebhookDeliveryRow {
  const { attempt, changes } = afterAttempt(about.attempted, about.row, nowMs);
  tx.insert(webhookAttempts, attempt);
  return tx.update(webhookDeliveries, about.row, changes);
}
