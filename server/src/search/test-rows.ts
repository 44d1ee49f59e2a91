/**
 * For the tests of search: charges as their endpoint would write them, in any number, and the job run until it has
 * nothing more to do.
 */
import type { ChargeRow } from "../payments/charges/schema.ts";
import type { TestPlatform } from "../testing/platform.ts";
import type { Searchable } from "./fields.ts";
import { followChanges } from "./index/follow.ts";

/** More turns than any test needs. */
const turnCountMax = 5000;

/** Lets the last second settle, and runs the job until the index says what the rows say. */
export async function catchUp(
  platform: TestPlatform,
  searchables: readonly Searchable[],
): Promise<void> {
  let turnCount = 0;
  platform.now += 2;
  while ((await followChanges(platform, platform.scope, searchables)).state !== "complete") {
    turnCount += 1;
    if (turnCount > turnCountMax) throw new Error("The index never caught up.");
  }
}

export const chargeRow = (platform: TestPlatform, about: Partial<ChargeRow> = {}): ChargeRow => ({
  account_descriptor: null,
  account_id: platform.scope.accountId,
  address_line1_check: null,
  address_zip_check: null,
  amount: 2000,
  amount_captured: 2000,
  amount_refunded: 0,
  authorization_code: null,
  balance_transaction: null,
  behaviour: null,
  billing_address: null,
  capture_before: null,
  captured: true,
  card_brand: "visa",
  card_country: "US",
  card_exp_month: 12,
  card_exp_year: 2030,
  card_fingerprint: "fingerprint",
  card_funding: "credit",
  card_id: "card_1",
  card_last4: "4242",
  card_network: "visa",
  cardholder_name: null,
  created: platform.now,
  currency: "usd",
  customer: null,
  cvc_check: null,
  description: null,
  disputed: false,
  failure_code: null,
  failure_message: null,
  id: platform.ids.next("ch_"),
  livemode: platform.scope.livemode,
  metadata: {},
  network_codes: null,
  network_transaction_id: null,
  outcome_reason: null,
  outcome_type: null,
  payment_intent: null,
  position: platform.ids.position(),
  receipt: null,
  receipt_email: null,
  risk_level: null,
  risk_score: null,
  shipping: null,
  source_card: null,
  source_token: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  status: "succeeded",
  transfer_group: null,
  user_report: null,
  version: 1,
  ...about,
});
