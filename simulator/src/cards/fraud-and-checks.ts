/**
 * The test cards that fraud rules, the CVC check and the address check are tried with. Where an account has the rule
 * that refuses a failed postal code check, its server refuses: the issuer approves.
 */
import { cardDeclined, decline, fails, failsToPay, type Row, refusedAs } from "./card.ts";

const blocked = failsToPay(cardDeclined("fraudulent"));

const postalCodeFails = fails(
  refusedAs("incorrect_zip", "address_zip", { when: "postal_code_rule" }),
);

export const fraudAndCheckCards: readonly Row[] = [
  [
    "4100000000000019",
    "radarBlock chargeDeclinedFraudulent",
    "blocked as too risky",
    { kind: "block" },
    blocked,
  ],
  ["4000000000004954", "riskLevelHighest", "highest risk, blocked", { kind: "block" }, blocked],
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
    fails(refusedAs("incorrect_cvc", "cvc", { when: "cvc_given" })),
  ],
  [
    "4000000000000036",
    "avsZipFail",
    "the postal code check fails",
    { kind: "approve", postalCode: "fail" },
    postalCodeFails,
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
    postalCodeFails,
  ],
  [
    "4000000000000044",
    "avsUnchecked",
    "the issuer checks no address",
    { kind: "approve", line1: "unavailable", postalCode: "unavailable" },
  ],
];
