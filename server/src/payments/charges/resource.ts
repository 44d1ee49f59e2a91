/**
 * Shows a charge's row as Stripe's charge object. Pure: what the row does not hold is derived from it here.
 */
import { presentAddress } from "../../core/postal-address.ts";
import type { Resource } from "../../resource.ts";
import { type CardAddress, presentCard } from "../cards/schema.ts";
import { refundsOfCharge } from "../refunds/of-charge.ts";
import { holdEnd } from "./capture/hold.ts";
import { ruleReason } from "./create/rule-block.ts";
import { Charge, type ChargeRow, charges } from "./schema.ts";
import { calculatedDescriptor } from "./statement-descriptor.ts";

export const chargeResource: Resource<typeof charges> = {
  expands: {
    balance_transaction: "balance_transaction",
    customer: "customer",
    refunds: refundsOfCharge,
  },
  idParameter: "id",
  name: "charge",
  noun: "charge",
  present: presentCharge,
  schema: Charge,
  table: charges,
  unbuiltExpansions: ["payment_intent", "payment_method"],
};

function presentCharge(row: ChargeRow): Charge {
  return {
    amount: row.amount,
    // While a capture is under way, what it asks for is noted and not yet captured.
    amount_captured: row.captured ? row.amount_captured : 0,
    amount_refunded: row.amount_refunded,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: row.balance_transaction,
    billing_details: {
      address: presentBillingAddress(row.billing_address),
      email: null,
      name: row.cardholder_name,
      phone: null,
      tax_id: null,
    },
    calculated_statement_descriptor: row.status === "failed" ? null : calculatedDescriptor(row),
    captured: row.captured,
    created: row.created,
    currency: row.currency,
    customer: row.customer,
    description: row.description,
    disputed: row.disputed,
    failure_balance_transaction: null,
    failure_code: row.failure_code,
    failure_message: row.failure_message,
    fraud_details: row.user_report === null ? {} : { user_report: row.user_report },
    id: row.id,
    livemode: row.livemode,
    metadata: row.metadata,
    object: "charge",
    on_behalf_of: null,
    outcome: presentOutcome(row),
    paid: row.status === "succeeded",
    payment_intent: row.payment_intent,
    payment_method: row.card_id,
    payment_method_details: { card: presentCardDetails(row), type: "card" },
    radar_options: {},
    receipt_email: row.receipt_email,
    receipt_number: null,
    receipt_url:
      row.receipt === null ? null : `https://pay.stripe.com/receipts/payment/${row.receipt}`,
    refunded: row.amount > 0 && row.amount_refunded === row.amount,
    review: null,
    shipping: presentShipping(row),
    source: presentSource(row),
    source_transfer: null,
    statement_descriptor: row.statement_descriptor,
    statement_descriptor_suffix: row.statement_descriptor_suffix,
    status: row.status,
    transfer_data: null,
    transfer_group: row.transfer_group,
  };
}

function presentBillingAddress(address: CardAddress | null): Charge["billing_details"]["address"] {
  return {
    city: address?.city ?? null,
    country: address?.country ?? null,
    line1: address?.line1 ?? null,
    line2: address?.line2 ?? null,
    postal_code: address?.zip ?? null,
    state: address?.state ?? null,
  };
}

function presentOutcome(row: ChargeRow): Charge["outcome"] {
  if (row.outcome_type === null) return null;
  return {
    advice_code: row.network_codes?.advice ?? null,
    network_advice_code: row.network_codes?.networkAdvice ?? null,
    network_decline_code: row.network_codes?.networkDecline ?? null,
    network_status:
      row.outcome_reason === ruleReason
        ? "reversed_after_approval"
        : (networkStatus[row.outcome_type] ?? null),
    reason: row.outcome_reason,
    risk_level: row.risk_level ?? "normal",
    risk_score: row.risk_score ?? 0,
    seller_message: sellerMessage(row.outcome_type, row.outcome_reason),
    type: row.outcome_type,
  };
}

const networkStatus: Readonly<Record<string, string>> = {
  authorized: "approved_by_network",
  blocked: "not_sent_to_network",
  issuer_declined: "declined_by_network",
  manual_review: "approved_by_network",
};

function sellerMessage(type: string, reason: string | null): string {
  switch (type) {
    case "authorized":
      return "Payment complete.";
    case "manual_review":
      return "Stripe evaluated this payment as having elevated risk, and placed it in your manual review queue.";
    case "blocked":
      return reason === ruleReason
        ? "Stripe blocked this payment."
        : "Stripe blocked this payment as too risky.";
    default:
      return reason === null || reason === "generic_decline"
        ? "The bank did not return any further details with this decline."
        : `The bank returned the decline code \`${reason}\`.`;
  }
}

/** Whether the money is held and waits to be captured. */
const isHeld = (row: ChargeRow): boolean =>
  row.status === "succeeded" && !row.captured && row.capture_before !== null;

function presentCardDetails(row: ChargeRow): Charge["payment_method_details"]["card"] {
  return {
    amount_authorized: row.status === "succeeded" ? row.amount : null,
    authorization_code: row.authorization_code,
    brand: row.card_brand,
    ...(isHeld(row) ? { capture_before: holdEnd(row.created) } : {}),
    checks: {
      address_line1_check: row.address_line1_check,
      address_postal_code_check: row.address_zip_check,
      cvc_check: row.cvc_check,
    },
    country: row.card_country,
    exp_month: row.card_exp_month,
    exp_year: row.card_exp_year,
    extended_authorization: { status: "disabled" },
    fingerprint: row.card_fingerprint,
    funding: row.card_funding,
    incremental_authorization: { status: "unavailable" },
    installments: null,
    last4: row.card_last4,
    mandate: null,
    multicapture: { status: "unavailable" },
    network: row.card_network,
    network_token: { used: false },
    network_transaction_id: row.network_transaction_id,
    overcapture: { maximum_amount_capturable: row.amount, status: "unavailable" },
    regulated_status: "unregulated",
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  };
}

function presentShipping(row: ChargeRow): Charge["shipping"] {
  const { shipping } = row;
  if (shipping === null) return null;
  return {
    address: presentAddress(shipping.address),
    carrier: shipping.carrier ?? null,
    name: shipping.name ?? null,
    phone: shipping.phone ?? null,
    tracking_number: shipping.tracking_number ?? null,
  };
}

function presentSource(row: ChargeRow): Charge["source"] {
  return presentCard({
    address: row.billing_address,
    addressLine1Check: row.address_line1_check,
    addressZipCheck: row.address_zip_check,
    brand: row.card_brand,
    country: row.card_country,
    ...(row.source_card !== null && row.customer !== null ? { customer: row.customer } : {}),
    cvcCheck: row.cvc_check,
    expMonth: row.card_exp_month,
    expYear: row.card_exp_year,
    fingerprint: row.card_fingerprint,
    funding: row.card_funding,
    id: row.card_id,
    last4: row.card_last4,
    name: row.cardholder_name,
  });
}
