/**
 * What can be searched of charges.
 */
import type { ChargeRow } from "../payments/charges/schema.ts";
import { charges } from "../payments/charges/schema.ts";
import { creation, numeric, searchable, token, tokenOrNull } from "./fields.ts";

export const searchableCharges = searchable<typeof charges>({
  edition: 1,
  fields: {
    amount: numeric((row) => row.amount),
    "billing_details.address.postal_code": tokenOrNull((row) => row.billing_address?.zip ?? null),
    created: creation(),
    currency: token((row) => row.currency),
    customer: tokenOrNull((row) => row.customer),
    disputed: token((row) => String(row.disputed)),
    "payment_method_details.card.brand": token((row) => row.card_brand),
    "payment_method_details.card.exp_month": token((row) => row.card_exp_month),
    "payment_method_details.card.exp_year": token((row) => row.card_exp_year),
    "payment_method_details.card.fingerprint": token((row) => row.card_fingerprint),
    "payment_method_details.card.last4": token((row) => row.card_last4),
    refunded: tokenOrNull(refundState),
    status: token((row) => row.status),
  },
  kind: "charge",
  metadata: (row) => row.metadata,
  plural: "charges",
  table: charges,
});

/** Stripe's three answers: refunded whole, in part, or not at all. */
function refundState(row: ChargeRow): string | null {
  if (row.amount_refunded === 0) return null;
  return String(row.amount_refunded === row.amount);
}
