/**
 * Customers: the table, the wire object and its parameters. A deleted customer keeps its row, because charges and
 * events name it, and nothing that tells who it was.
 */
import type { Static } from "@sinclair/typebox";
import {
  clearable,
  email,
  expand,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  text,
} from "../../core/parameters.ts";
import { type PostalAddress, postalAddress, ShownAddress } from "../../core/postal-address.ts";
import { Type } from "../../core/schema-builder.ts";
import {
  countedListOf,
  expandable,
  nullable,
  openMap,
  resource,
} from "../../core/serializer/types.ts";
import * as column from "../../store/table.ts";
import { cardSource } from "../cards/intake/parameters.ts";
import { Card } from "../cards/schema.ts";

const taxExemptions = ["none", "exempt", "reverse"] as const;
type TaxExemption = (typeof taxExemptions)[number];

const address = () => Type.Optional(clearable(postalAddress()));
const shipping = () =>
  Type.Optional(
    clearable(hash({ address: postalAddress(), name: text(), phone: Type.Optional(text()) })),
  );

const invoiceSettings = () =>
  hash({
    custom_fields: Type.Optional(
      clearable(
        list(hash({ name: text({ maxLength: 40 }), value: text({ maxLength: 140 }) }), {
          maxItems: 4,
        }),
      ),
    ),
    footer: Type.Optional(clearable(text())),
    rendering_options: Type.Optional(
      clearable(
        hash({
          amount_tax_display: Type.Optional(
            clearable(oneOf(["exclude_tax", "include_inclusive_tax"])),
          ),
          template: Type.Optional(text()),
        }),
      ),
    ),
  });
export type InvoiceSettings = Static<ReturnType<typeof invoiceSettings>>;

export interface CustomerShipping {
  readonly address: PostalAddress;
  readonly name: string;
  readonly phone?: string;
}

export const customers = column.defineTable("customers", {
  account_id: column.text,
  id: column.text,
  livemode: column.boolean,
  created: column.integer,
  position: column.integer,
  version: column.integer,
  deleted: column.boolean,
  name: column.nullable(column.text),
  email: column.nullable(column.text),
  phone: column.nullable(column.text),
  description: column.nullable(column.text),
  business_name: column.nullable(column.text),
  individual_name: column.nullable(column.text),
  address: column.nullable(column.json<PostalAddress>()),
  shipping: column.nullable(column.json<CustomerShipping>()),
  preferred_locales: column.json<readonly string[]>(),
  tax_exempt: column.text as column.Column<TaxExemption>,
  balance: column.integer,
  invoice_prefix: column.text,
  next_invoice_sequence: column.integer,
  invoice_settings: column.json<InvoiceSettings>(),
  default_source: column.nullable(column.text),
  metadata: column.json<Readonly<Record<string, string>>>(),
});
export type CustomerRow = column.Row<typeof customers>;

const shownText = nullable(Type.String());

export const Customer = resource({
  address: nullable(ShownAddress),
  balance: Type.Integer(),
  business_name: Type.Optional(Type.String()),
  created: Type.Integer(),
  currency: Type.Null(),
  default_source: nullable(expandable("card")),
  delinquent: Type.Boolean(),
  description: shownText,
  discount: Type.Null(),
  email: shownText,
  id: Type.String(),
  individual_name: Type.Optional(Type.String()),
  invoice_prefix: Type.String(),
  invoice_settings: Type.Object({
    custom_fields: nullable(Type.Array(Type.Object({ name: Type.String(), value: Type.String() }))),
    default_payment_method: Type.Null(),
    footer: shownText,
    rendering_options: nullable(
      Type.Object({ amount_tax_display: shownText, template: shownText }),
    ),
  }),
  livemode: Type.Boolean(),
  metadata: openMap(),
  name: shownText,
  next_invoice_sequence: Type.Integer(),
  object: Type.Literal("customer"),
  phone: shownText,
  preferred_locales: Type.Array(Type.String()),
  shipping: nullable(Type.Object({ address: ShownAddress, name: Type.String(), phone: shownText })),
  tax_exempt: Type.String(),
  // There only when it is asked for.
  sources: Type.Optional(countedListOf(Card, "/v1/customers/:id/sources")),
  test_clock: Type.Null(),
});
export type Customer = Static<typeof Customer>;

/** What creating and updating have in common. */
const fields = {
  address: address(),
  balance: Type.Optional(integer()),
  business_name: Type.Optional(clearable(text({ maxLength: 150 }))),
  description: Type.Optional(clearable(text())),
  email: Type.Optional(clearable(email())),
  expand: Type.Optional(expand()),
  individual_name: Type.Optional(clearable(text({ maxLength: 150 }))),
  invoice_prefix: Type.Optional(text()),
  invoice_settings: Type.Optional(invoiceSettings()),
  metadata: Type.Optional(metadata()),
  name: Type.Optional(clearable(text({ maxLength: 256 }))),
  next_invoice_sequence: Type.Optional(integer({ minimum: 1 })),
  phone: Type.Optional(clearable(text({ maxLength: 20 }))),
  preferred_locales: Type.Optional(clearable(list(text()))),
  shipping: shipping(),
  tax_exempt: Type.Optional(clearable(oneOf(taxExemptions))),
};

export const CreateCustomer = Type.Object({ ...fields, source: Type.Optional(cardSource()) });
export type CreateCustomer = Static<typeof CreateCustomer>;

export const UpdateCustomer = Type.Object(
  {
    ...fields,
    card: Type.Optional(cardSource()),
    default_card: Type.Optional(text({ maxLength: 500 })),
    default_source: Type.Optional(text({ maxLength: 500 })),
    source: Type.Optional(cardSource()),
  },
  {
    "x-exclusive": [
      ["source", "card"],
      ["default_source", "default_card"],
    ],
  },
);
export type UpdateCustomer = Static<typeof UpdateCustomer>;

/** Parameters that Stripe has on both and that wait for other resources. */
export const unbuiltFields = [
  "cash_balance",
  "invoice_settings[default_payment_method]",
  "payment_method",
  "tax",
  "tax_id_data",
  "test_clock",
] as const;
