/**
 * Charges: the table, the wire object and its parameters. A charge is `pending` only between asking the processor and
 * storing its answer; then it has succeeded or failed for good.
 */
import type { Static } from "@sinclair/typebox";
import {
  amount,
  clearable,
  currency,
  email,
  expand,
  flag,
  hash,
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
import { Card, type CardAddress } from "../cards/schema.ts";

export type ChargeStatus = "pending" | "succeeded" | "failed";

/** What the network said of a decline, kept together because it exists for declines only. */
export interface NetworkCodes {
  readonly advice: string | null;
  readonly networkAdvice: string | null;
  readonly networkDecline: string | null;
}

export interface Shipping {
  readonly address?: PostalAddress;
  readonly carrier?: string;
  readonly name?: string;
  readonly phone?: string;
  readonly tracking_number?: string;
}

export const charges = column.defineTable("charges", {
  account_id: column.text,
  id: column.text,
  livemode: column.boolean,
  created: column.integer,
  position: column.integer,
  version: column.integer,
  status: column.text as column.Column<ChargeStatus>,
  amount: column.integer,
  amount_captured: column.integer,
  amount_refunded: column.integer,
  currency: column.text,
  captured: column.boolean,
  disputed: column.boolean,
  balance_transaction: column.nullable(column.text),
  customer: column.nullable(column.text),
  payment_intent: column.nullable(column.text),
  source_token: column.nullable(column.text),
  description: column.nullable(column.text),
  receipt_email: column.nullable(column.text),
  statement_descriptor: column.nullable(column.text),
  statement_descriptor_suffix: column.nullable(column.text),
  transfer_group: column.nullable(column.text),
  failure_code: column.nullable(column.text),
  failure_message: column.nullable(column.text),
  outcome_type: column.nullable(column.text),
  outcome_reason: column.nullable(column.text),
  risk_level: column.nullable(column.text),
  risk_score: column.nullable(column.integer),
  network_codes: column.nullable(column.json<NetworkCodes>()),
  card_id: column.text,
  card_brand: column.text,
  card_network: column.text,
  card_last4: column.text,
  card_exp_month: column.integer,
  card_exp_year: column.integer,
  card_fingerprint: column.text,
  card_funding: column.text,
  card_country: column.nullable(column.text),
  cvc_check: column.nullable(column.text),
  address_line1_check: column.nullable(column.text),
  address_zip_check: column.nullable(column.text),
  authorization_code: column.nullable(column.text),
  network_transaction_id: column.nullable(column.text),
  cardholder_name: column.nullable(column.text),
  billing_address: column.nullable(column.json<CardAddress>()),
  shipping: column.nullable(column.json<Shipping>()),
  metadata: column.json<Readonly<Record<string, string>>>(),
  /** What the card does later, such as `refund_fail`; null for ordinary cards. */
  behaviour: column.nullable(column.text),
  /**
   * Held money is released at this time, unless it was captured; while a capture is under way, when its lost answer is
   * asked for.
   */
  capture_before: column.nullable(column.integer),
  user_report: column.nullable(column.text),
  /** The customer's card that paid, where no token did. */
  source_card: column.nullable(column.text),
  /** The opaque part of the receipt's address. */
  receipt: column.nullable(column.text),
  /** The account's own statement descriptor as of the charge. */
  account_descriptor: column.nullable(column.text),
});
export type ChargeRow = column.Row<typeof charges>;

const shownText = nullable(Type.String());

const CardDetails = Type.Object({
  amount_authorized: nullable(Type.Integer()),
  authorization_code: shownText,
  brand: shownText,
  // Only while the money is held.
  capture_before: Type.Optional(Type.Integer()),
  checks: Type.Object({
    address_line1_check: shownText,
    address_postal_code_check: shownText,
    cvc_check: shownText,
  }),
  country: shownText,
  exp_month: Type.Integer(),
  exp_year: Type.Integer(),
  extended_authorization: Type.Object({ status: Type.Literal("disabled") }),
  fingerprint: shownText,
  funding: shownText,
  incremental_authorization: Type.Object({ status: Type.Literal("unavailable") }),
  installments: Type.Null(),
  last4: shownText,
  mandate: Type.Null(),
  multicapture: Type.Object({ status: Type.Literal("unavailable") }),
  network: shownText,
  network_token: Type.Object({ used: Type.Literal(false) }),
  network_transaction_id: shownText,
  overcapture: Type.Object({
    maximum_amount_capturable: Type.Integer(),
    status: Type.Literal("unavailable"),
  }),
  regulated_status: Type.Literal("unregulated"),
  three_d_secure: Type.Null(),
  transaction_link_id: Type.Null(),
  wallet: Type.Null(),
});

const Outcome = Type.Object({
  advice_code: shownText,
  network_advice_code: shownText,
  network_decline_code: shownText,
  network_status: shownText,
  reason: shownText,
  risk_level: Type.String(),
  risk_score: Type.Integer(),
  seller_message: shownText,
  type: Type.String(),
});

const ShippingShown = Type.Object({
  address: ShownAddress,
  carrier: shownText,
  name: shownText,
  phone: shownText,
  tracking_number: shownText,
});

export const Charge = resource({
  amount: Type.Integer(),
  amount_captured: Type.Integer(),
  amount_refunded: Type.Integer(),
  application: Type.Null(),
  application_fee: Type.Null(),
  application_fee_amount: Type.Null(),
  balance_transaction: nullable(expandable("balance_transaction")),
  billing_details: Type.Object({
    address: ShownAddress,
    email: shownText,
    name: shownText,
    phone: shownText,
    tax_id: shownText,
  }),
  calculated_statement_descriptor: shownText,
  captured: Type.Boolean(),
  created: Type.Integer(),
  currency: Type.String(),
  customer: nullable(expandable("customer")),
  description: shownText,
  disputed: Type.Boolean(),
  failure_balance_transaction: Type.Null(),
  failure_code: shownText,
  failure_message: shownText,
  fraud_details: Type.Object({ user_report: Type.Optional(Type.String()) }),
  id: Type.String(),
  livemode: Type.Boolean(),
  metadata: openMap(),
  object: Type.Literal("charge"),
  on_behalf_of: Type.Null(),
  outcome: nullable(Outcome),
  paid: Type.Boolean(),
  payment_intent: shownText,
  payment_method: shownText,
  payment_method_details: Type.Object({ card: CardDetails, type: Type.Literal("card") }),
  radar_options: Type.Object({}),
  receipt_email: shownText,
  receipt_number: Type.Null(),
  receipt_url: shownText,
  refunded: Type.Boolean(),
  // Only where `expand` asks for it.
  refunds: Type.Optional(
    countedListOf(
      Type.Unsafe<object>({ $ref: "#/components/schemas/refund" }),
      "/v1/charges/:charge/refunds",
    ),
  ),
  review: Type.Null(),
  shipping: nullable(ShippingShown),
  source: Card,
  source_transfer: Type.Null(),
  statement_descriptor: shownText,
  statement_descriptor_suffix: shownText,
  status: Type.String(),
  transfer_data: Type.Null(),
  transfer_group: shownText,
});
export type Charge = Static<typeof Charge>;

const shipping = () =>
  hash({
    address: postalAddress(),
    carrier: Type.Optional(text()),
    name: text(),
    phone: Type.Optional(text()),
    tracking_number: Type.Optional(text()),
  });

export const CreateCharge = hash(
  {
    amount: amount({ minimum: 1 }),
    capture: Type.Optional(flag()),
    card: Type.Optional(cardSource()),
    currency: currency(),
    customer: Type.Optional(text({ maxLength: 500 })),
    description: Type.Optional(text({ maxLength: 40_000 })),
    expand: Type.Optional(expand()),
    metadata: Type.Optional(metadata()),
    receipt_email: Type.Optional(email()),
    shipping: Type.Optional(shipping()),
    source: Type.Optional(cardSource()),
    statement_descriptor: Type.Optional(text({ maxLength: 22 })),
    statement_descriptor_suffix: Type.Optional(text({ maxLength: 22 })),
    transfer_group: Type.Optional(text()),
  },
  { exclusive: [["card", "source"]] },
);
export type CreateCharge = Static<typeof CreateCharge>;

export const UpdateCharge = Type.Object({
  customer: Type.Optional(text()),
  description: Type.Optional(clearable(text({ maxLength: 40_000 }))),
  expand: Type.Optional(expand()),
  fraud_details: Type.Optional(hash({ user_report: clearable(oneOf(["fraudulent", "safe"])) })),
  metadata: Type.Optional(metadata()),
  receipt_email: Type.Optional(clearable(email())),
  shipping: Type.Optional(shipping()),
  transfer_group: Type.Optional(text()),
});
export type UpdateCharge = Static<typeof UpdateCharge>;

export const CaptureCharge = Type.Object({
  amount: Type.Optional(amount({ minimum: 1 })),
  expand: Type.Optional(expand()),
  receipt_email: Type.Optional(email()),
  statement_descriptor: Type.Optional(text({ maxLength: 22 })),
  statement_descriptor_suffix: Type.Optional(text({ maxLength: 22 })),
  transfer_group: Type.Optional(text()),
});
export type CaptureCharge = Static<typeof CaptureCharge>;
