/**
 * The job that tells an account of a customer's card whose last month has begun, by the business clock: once, unless
 * the card is given another expiry. One that had expired before anybody looked is not told of any more.
 */
import type { Context, Platform, Scope } from "../../context.ts";
import { eventOf } from "../../resource.ts";
import type { Transaction } from "../../store/database.ts";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { jobContext } from "../job-context.ts";
import { cardResource } from "./resource.ts";
import { type CardRow, cards } from "./schema.ts";

/** At most this many cards a commit, so that the job never holds up requests. */
const tellSize = 50;

/** @returns whether there may be more. */
export function tellOfExpiringCards(platform: Platform, scope: Scope): Promise<boolean> {
  const context = jobContext(platform, scope);
  const { accountId, livemode, now } = context;
  const today = new Date(now * 1000);
  const [month, year] = [today.getUTCMonth() + 1, today.getUTCFullYear()];
  return platform.database.transact(async (tx) => {
    const found = await tx.select(expiringCards, {
      accountId,
      limit: tellSize,
      livemode,
      month,
      year,
    });
    for (const card of found) tell(tx, context, { card, month, year });
    return found.length === tellSize;
  });
}

function tell(
  tx: Transaction,
  context: Context,
  { card, month, year }: { readonly card: CardRow; readonly month: number; readonly year: number },
): void {
  const row = tx.update(cards, card, { expiry_told: true });
  if (card.exp_month !== month || card.exp_year !== year) return;
  tx.emit(eventOf(context, "customer.source.expiring", { resource: cardResource, row }));
}

interface UpTo extends Scope {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly limit: number;
}

const expiringCards = defineQuery<UpTo, CardRow>(
  [cards],
  (param) => `select ${columnsOf(cards)} from cards
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and deleted = false and expiry_told = false
      and (exp_year, exp_month) <= (${param("year")}, ${param("month")})
    order by exp_year, exp_month limit ${param("limit")} + 0`,
);
