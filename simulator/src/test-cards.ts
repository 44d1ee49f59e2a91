/**
 * Every test card that the simulator knows: its number, the names it goes by, and what becomes of an authorization
 * with it. One row per number, each number once. These numbers are published constants, not cardholder data.
 */
import { countryCards } from "./country-cards.ts";

export interface TestCard {
  readonly number: string;
  /** What follows `tok_` or `pm_card_`; the first is the current name, the others are older or other spellings. */
  readonly names: readonly string[];
  readonly about: string;
  readonly rule: CardRule;
}

/** What an authorization with the card comes to. */
export type CardRule = Approval | Refusal | Block;

export interface Approval {
  readonly kind: "approve";
  /** What happens later, told in the reply so that the caller can act it out. */
  readonly behaviour?: string;
  readonly risk?: "elevated";
  /** What the issuer answers to the address parts, where it is not `pass`. */
  readonly line1?: "fail" | "unavailable";
  readonly postalCode?: "fail" | "unavailable";
}

interface Refusal {
  readonly kind: "decline";
  readonly reason: string;
  readonly behaviour?: string;
  /** Approved when the request carries no CVC. */
  readonly onlyWithCvc?: true;
  readonly cvc?: "fail";
}

interface Block {
  readonly kind: "block";
}

const approve: Approval = { kind: "approve" };

const later = (behaviour: string): Approval => ({ kind: "approve", behaviour });
const decline = (reason: string, more: Partial<Refusal> = {}): Refusal => ({
  kind: "decline",
  reason,
  ...more,
});
const mustAuthenticate = (behaviour: string): Refusal =>
  decline("authentication_required", { behaviour });

type Row = readonly [number: string, names: string, about: string, rule: CardRule];

const brands: readonly Row[] = [
  ["4242424242424242", "visa us visa_credit", "Visa credit", approve],
  ["4012888888881881", "", "Visa, older", approve],
  ["4000056655665556", "visa_debit", "Visa debit", approve],
  ["5555555555554444", "mastercard", "Mastercard credit", approve],
  ["2223003122003222", "", "Mastercard credit, 2-series", approve],
  ["5200828282828210", "mastercard_debit", "Mastercard debit", approve],
  ["5105105105105100", "mastercard_prepaid", "Mastercard prepaid", approve],
  [
    "378282246310005",
    "amex amex_threeDSecureNotSupported",
    "American Express, no 3-D Secure",
    approve,
  ],
  ["371449635398431", "", "American Express", approve],
  ["6011111111111117", "discover", "Discover", approve],
  ["6011000990139424", "", "Discover", approve],
  ["6011981111111113", "", "Discover debit", approve],
  ["3056930009020004", "diners", "Diners Club, 16 digits", approve],
  ["36227206271667", "", "Diners Club, 14 digits", approve],
  ["30569309025904", "", "Diners Club, 14 digits, older", approve],
  ["38520000023237", "", "Diners Club, 14 digits, older", approve],
  ["6555900000604105", "", "BCcard and DinaCard", approve],
  ["3566002020360505", "jcb", "JCB", approve],
  ["3530111333300000", "", "JCB, older", approve],
  ["6200000000000005", "unionpay", "UnionPay", approve],
  ["6205500000000000004", "", "UnionPay, 19 digits", approve],
  ["6200000000000047", "", "UnionPay debit", approve],
  ["4000002500001001", "visa_cartesBancaires", "Cartes Bancaires and Visa", approve],
  ["5555552500001001", "mastercard_cartesBancaires", "Cartes Bancaires and Mastercard", approve],
  ["4000050360000001", "visa_debit_eftposAuCoBranded", "eftpos Australia and Visa", approve],
  [
    "5555050360000080",
    "mastercard_debit_eftposAuCoBranded",
    "eftpos Australia and Mastercard",
    approve,
  ],
];

const declines: readonly Row[] = [
  [
    "4000000000000002",
    "visa_chargeDeclined chargeDeclined",
    "declined without a reason",
    decline("generic_decline"),
  ],
  [
    "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds chargeDeclinedInsufficientFunds",
    "insufficient funds",
    decline("insufficient_funds"),
  ],
  [
    "4000000000009987",
    "visa_chargeDeclinedLostCard chargeDeclinedLostCard",
    "reported lost",
    decline("lost_card"),
  ],
  [
    "4000000000009979",
    "visa_chargeDeclinedStolenCard chargeDeclinedStolenCard",
    "reported stolen",
    decline("stolen_card"),
  ],
  [
    "4000000000000069",
    "chargeDeclinedExpiredCard visa_chargeDeclinedExpiredCard",
    "expired at the issuer",
    decline("expired_card"),
  ],
  [
    "4000000000000127",
    "chargeDeclinedIncorrectCvc visa_chargeDeclinedIncorrectCvc",
    "declined for its CVC, when one is given",
    decline("incorrect_cvc", { onlyWithCvc: true }),
  ],
  [
    "4000000000000119",
    "chargeDeclinedProcessingError visa_chargeDeclinedProcessingError",
    "processing error",
    decline("processing_error"),
  ],
  [
    "4000000000006975",
    "visa_chargeDeclinedVelocityLimitExceeded chargeDeclinedVelocityLimitExceeded",
    "used too often",
    decline("card_velocity_exceeded"),
  ],
  [
    "4000000000000341",
    "chargeCustomerFail",
    "attaches to a customer, then every charge is declined",
    decline("generic_decline"),
  ],
];

const fraudAndChecks: readonly Row[] = [
  [
    "4100000000000019",
    "radarBlock chargeDeclinedFraudulent",
    "blocked as too risky",
    { kind: "block" },
  ],
  ["4000000000004954", "riskLevelHighest", "highest risk, blocked", { kind: "block" }],
  [
    "4000000000009235",
    "riskLevelElevated",
    "elevated risk, approved for review",
    { kind: "approve", risk: "elevated" },
  ],
  [
    "4000000000000101",
    "cvcCheckFail",
    "the CVC check fails, and with it the charge",
    decline("incorrect_cvc", { onlyWithCvc: true, cvc: "fail" }),
  ],
  [
    "4000000000000036",
    "avsZipFail",
    "the postal code check fails",
    { kind: "approve", postalCode: "fail" },
  ],
  [
    "4000000000000028",
    "avsLine1Fail",
    "the address line check fails",
    { kind: "approve", line1: "fail" },
  ],
  [
    "4000000000000010",
    "avsFail",
    "both address checks fail",
    { kind: "approve", line1: "fail", postalCode: "fail" },
  ],
  [
    "4000000000000044",
    "avsUnchecked",
    "the issuer checks no address",
    { kind: "approve", line1: "unavailable", postalCode: "unavailable" },
  ],
];

const disputesAndRefunds: readonly Row[] = [
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
  ["4000000000007726", "pendingRefund", "refunds start pending", later("refund_pending")],
  ["4000000000005126", "refundFail", "refunds fail later", later("refund_fail")],
  ["4000000000000077", "bypassPending", "funds are available at once", later("bypass_pending")],
  [
    "4000003720000278",
    "bypassPendingInternational",
    "funds are available at once, not a US card",
    later("bypass_pending"),
  ],
  ["4000000000000093", "domesticPricing", "domestic pricing, older", later("domestic_pricing")],
];

const threeDSecure: readonly Row[] = [
  [
    "4000002500003155",
    "authenticationRequiredOnSetup",
    "must authenticate unless set up before",
    mustAuthenticate("requires_authentication_unless_set_up"),
  ],
  [
    "4000002760003184",
    "authenticationRequired",
    "must always authenticate",
    mustAuthenticate("requires_authentication"),
  ],
  [
    "4000003800000446",
    "authenticationRequiredSetupForOffSession",
    "counts as set up: authenticates on session only",
    later("requires_authentication_on_session"),
  ],
  [
    "4000008260003178",
    "authenticationRequiredChargeDeclinedInsufficientFunds",
    "must authenticate, then insufficient funds",
    decline("insufficient_funds", { behaviour: "requires_authentication" }),
  ],
  [
    "4000000000003220",
    "threeDSecure2Required",
    "must authenticate, then succeeds",
    mustAuthenticate("requires_authentication"),
  ],
  [
    "4000008400001629",
    "threeDSecureRequiredChargeDeclined",
    "must authenticate, then is declined",
    mustAuthenticate("requires_authentication"),
  ],
  [
    "4000008400001280",
    "threeDSecureRequiredProcessingError",
    "must authenticate, and the look-up fails",
    decline("generic_decline", { behaviour: "authentication_lookup_error" }),
  ],
  [
    "4000000000003055",
    "threeDSecureOptional",
    "may authenticate",
    later("authentication_optional"),
  ],
  [
    "4000000000003097",
    "threeDSecureOptionalProcessingError",
    "may authenticate, and the look-up fails",
    later("authentication_optional_lookup_error"),
  ],
  [
    "4000582600000094",
    "",
    "mobile challenge, out of band",
    mustAuthenticate("requires_authentication"),
  ],
  [
    "4000582600000045",
    "",
    "mobile challenge, one-time password",
    mustAuthenticate("requires_authentication"),
  ],
  [
    "4000582600000102",
    "",
    "mobile challenge, single select",
    mustAuthenticate("requires_authentication"),
  ],
  [
    "4000582600000110",
    "",
    "mobile challenge, multi select",
    mustAuthenticate("requires_authentication"),
  ],
];

const countries: readonly Row[] = countryCards.map(([number, name]) => [
  number,
  name,
  `issued in ${name.slice(0, 2).toUpperCase()}`,
  approve,
]);

export const testCards: readonly TestCard[] = [
  ...brands,
  ...declines,
  ...fraudAndChecks,
  ...disputesAndRefunds,
  ...threeDSecure,
  ...countries,
].map(([number, names, about, rule]) => ({
  number,
  names: names === "" ? [] : names.split(" "),
  about,
  rule,
}));

/** The cards by name, without `tok_` or `pm_card_`. Each carries a CVC of the length its brand has. */
export function namedTestCards(): Map<string, { number: string; cvc: string }> {
  const named = new Map<string, { number: string; cvc: string }>();
  for (const { number, names } of testCards) {
    const cvc = /^3[47]/.test(number) ? "1234" : "123";
    for (const name of names) named.set(name, { number, cvc });
  }
  return named;
}
