/** The test cards that pay and do something later, which their behaviour names. */
import { later, pays, type Row } from "./card.ts";

export const laterCards: readonly Row[] = [
  [
    "4000000000000259",
    "createDispute",
    "disputed later as fraudulent",
    later("dispute_fraudulent"),
  ],
  [
    "4000000000002685",
    "createDisputeProductNotReceived",
    "disputed later: not received",
    later("dispute_product_not_received"),
  ],
  ["4000000000001976", "createDisputeInquiry", "an inquiry later", later("dispute_inquiry")],
  [
    "4000000000005423",
    "createIssuerFraudRecord",
    "an early fraud warning later",
    later("early_fraud_warning"),
  ],
  [
    "4000000404000079",
    "createMultipleDisputes",
    "several disputes later",
    later("dispute_multiple"),
  ],
  [
    "4000000404000038",
    "createCe3EligibleDispute",
    "a dispute eligible for compelling evidence 3.0",
    later("dispute_compelling_evidence"),
  ],
  [
    "4000008400000779",
    "createComplianceDispute",
    "a Visa compliance dispute later",
    later("dispute_compliance"),
  ],
  [
    "4000000000007726",
    "pendingRefund",
    "refunds start pending",
    later("refund_pending"),
    {
      ...pays,
      refund: { status: "pending", later: { status: "succeeded", reason: null } },
    },
  ],
  [
    "4000000000005126",
    "refundFail",
    "refunds fail later",
    later("refund_fail"),
    {
      ...pays,
      refund: {
        status: "succeeded",
        later: { status: "failed", reason: "expired_or_canceled_card" },
      },
    },
  ],
  ["4000000000000077", "bypassPending", "funds are available at once", later("bypass_pending")],
  [
    "4000003720000278",
    "bypassPendingInternational",
    "funds are available at once, not a US card",
    later("bypass_pending"),
  ],
  ["4000000000000093", "domesticPricing", "domestic pricing, older", later("domestic_pricing")],
];
