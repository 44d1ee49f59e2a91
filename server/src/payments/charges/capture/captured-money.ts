/**
 * What captured money does to the balance: it arrives less the fee, which is higher for a card from abroad.
 */
import type { Context } from "../../../context.ts";
import { processingFee } from "../../../core/money.ts";
import type { Transaction } from "../../../store/database.ts";
import { recordCharge } from "../../balance/record.ts";
import type { BalanceTransactionRow } from "../../balance/schema.ts";
import type { ChargeRow } from "../schema.ts";

/** @param about `amount` in minor units: what is captured of the charge. `homeCountry` is the account's. */
export function recordCaptured(
  tx: Transaction,
  context: Context,
  about: {
    readonly charge: ChargeRow;
    readonly amount: number;
    readonly behaviour: string | null;
    readonly homeCountry: string;
  },
): BalanceTransactionRow {
  const { amount, behaviour, charge, homeCountry } = about;
  const { card_country: country, currency, description, id } = charge;
  const isInternational = country !== null && country !== homeCountry;
  return recordCharge(tx, context, {
    charge: { amount, currency, description, id },
    fee: processingFee(amount, currency, isInternational),
    isAvailableAtOnce: behaviour === "bypass_pending",
  });
}
