/**
 * Shows a customer's card. Deleted cards are gone: only charges and events still name them.
 */
import type { Resource } from "../../resource.ts";
import { Card, type CardRow, cards, presentCard } from "./schema.ts";

export const cardResource: Resource<typeof cards> = {
  expands: { customer: "customer" },
  idParameter: "id",
  isGone: (row) => row.deleted,
  name: "card",
  noun: "source",
  present: (row: CardRow) =>
    presentCard({
      address: row.address,
      addressLine1Check: row.address_line1_check,
      addressZipCheck: row.address_zip_check,
      brand: row.brand,
      country: row.country,
      customer: row.customer,
      cvcCheck: row.cvc_check,
      expMonth: row.exp_month,
      expYear: row.exp_year,
      fingerprint: row.fingerprint,
      funding: row.funding,
      id: row.id,
      last4: row.last4,
      metadata: row.metadata,
      name: row.name,
    }),
  schema: Card,
  table: cards,
};
