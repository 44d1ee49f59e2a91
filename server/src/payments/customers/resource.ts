/**
 * Shows a customer's row as Stripe's customer object. Pure; names that were not given are left out, as Stripe leaves
 * them out, and everything else that is not known is null.
 */
import { presentAddress } from "../../core/postal-address.ts";
import { includedChildren } from "../../listing.ts";
import { deletedSchema, type Resource } from "../../resource.ts";
import { cards } from "../cards/schema.ts";
import { Customer, type CustomerRow, customers } from "./schema.ts";

export const customerResource: Resource<typeof customers> = {
  expands: {
    default_source: "card",
    sources: includedChildren(cards, {
      column: "customer",
      elements: "card",
      url: (id) => `/v1/customers/${id}/sources`,
    }),
  },
  deleted: { isDeleted: (row) => row.deleted, schema: deletedSchema("customer") },
  idParameter: "id",
  name: "customer",
  noun: "customer",
  present: presentCustomer,
  schema: Customer,
  table: customers,
  unbuiltExpansions: ["cash_balance", "invoice_settings", "subscriptions", "tax", "tax_ids"],
};

function presentCustomer(row: CustomerRow): Customer {
  return {
    address: row.address === null ? null : presentAddress(row.address),
    balance: row.balance,
    ...(row.business_name === null ? {} : { business_name: row.business_name }),
    created: row.created,
    currency: null,
    default_source: row.default_source,
    delinquent: false,
    description: row.description,
    discount: null,
    email: row.email,
    id: row.id,
    ...(row.individual_name === null ? {} : { individual_name: row.individual_name }),
    invoice_prefix: row.invoice_prefix,
    invoice_settings: presentInvoiceSettings(row),
    livemode: row.livemode,
    metadata: row.metadata,
    name: row.name,
    next_invoice_sequence: row.next_invoice_sequence,
    object: "customer",
    phone: row.phone,
    preferred_locales: [...row.preferred_locales],
    shipping: presentShipping(row),
    tax_exempt: row.tax_exempt,
    test_clock: null,
  };
}

function presentInvoiceSettings({ invoice_settings: settings }: CustomerRow) {
  const { rendering_options: rendering } = settings;
  return {
    custom_fields: settings.custom_fields ?? null,
    default_payment_method: null,
    footer: settings.footer ?? null,
    rendering_options: rendering
      ? {
          amount_tax_display: rendering.amount_tax_display ?? null,
          template: rendering.template ?? null,
        }
      : null,
  };
}

function presentShipping({ shipping }: CustomerRow): Customer["shipping"] {
  if (shipping === null) return null;
  const { address, name, phone = null } = shipping;
  return { address: presentAddress(address), name, phone };
}
