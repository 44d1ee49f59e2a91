/**
 * An account's settings as payments read them. They are trusted for a second before they are read again, so that no
 * charge pays for reading what hardly ever changes; the process that changes them knows at once.
 */
import type { Platform } from "../../context.ts";
import type { Database } from "../../store/database.ts";
import { type AccountSettings, accounts } from "./schema.ts";

/** An account at home in the USA. A wrong CVC is refused, a wrong postal code is told of and charged. */
export const initialSettings: AccountSettings = {
  business_name: null,
  country: "US",
  decline_on_avs_failure: false,
  decline_on_cvc_failure: true,
  default_currency: "usd",
  email: null,
  statement_descriptor: null,
};

const trustedForMs = 1000;
const rememberedMax = 10_000;

interface Remembered {
  readonly settings: AccountSettings;
  readonly untilMs: number;
}

const rememberedBy = new WeakMap<Database, Map<string, Remembered>>();

/** Not to be called inside a transaction: it reads what is committed. */
export async function settingsOf(
  { clock, database }: Pick<Platform, "clock" | "database">,
  accountId: string,
): Promise<AccountSettings> {
  const remembered = rememberedOf(database);
  const nowMs = clock.monotonic();
  const known = remembered.get(accountId);
  if (known !== undefined && known.untilMs > nowMs) return known.settings;
  const row = await database.committed.get(accounts, { account_id: accountId });
  const settings = row ?? initialSettings;
  if (remembered.size >= rememberedMax) remembered.clear();
  remembered.set(accountId, { settings, untilMs: nowMs + trustedForMs });
  return settings;
}

/** They were changed: the next payment reads them anew. */
export const forgetSettings = (database: Database, accountId: string): void => {
  rememberedOf(database).delete(accountId);
};

function rememberedOf(database: Database): Map<string, Remembered> {
  let remembered = rememberedBy.get(database);
  if (remembered === undefined) {
    remembered = new Map();
    rememberedBy.set(database, remembered);
  }
  return remembered;
}
