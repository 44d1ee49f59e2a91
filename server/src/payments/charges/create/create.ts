/**
 * Charges a card. With a processor that answers in process, all of it is one transaction. With one that is asked over
 * a network, the intent is committed first, then the processor is asked, then its answer is committed: a crash between
 * leaves a `pending` charge that the same key or the recovery job settles by asking for the same reference.
 */
import type { AccountSettings } from "../../../accounts/accounts/schema.ts";
import { settingsOf } from "../../../accounts/accounts/settings.ts";
import type { Context } from "../../../context.ts";
import { mergeMetadata } from "../../../core/metadata.ts";
import type { Authorization, Processor } from "../../../processors/processor.ts";
import { ruledOut } from "../../cards/intake/account-rules.ts";
import { holdEnd } from "../capture/hold.ts";
import { requireProcessor } from "../processor.ts";
import { type ChargeRow, type CreateCharge, charges } from "../schema.ts";
import { checkDescriptors } from "../statement-descriptor.ts";
import { checkAmount } from "./amount.ts";
import { authorizationOf, outcomeUnknown } from "./authorization.ts";
import type { ChargedCard } from "./charged-card.ts";
import { openPayer } from "./payer.ts";
import { finishCharge, resumeCharge } from "./resume.ts";
import { applyOutcome } from "./settle.ts";
import { releaseSource, type Source, takeCard } from "./source.ts";

/**
 * @throws ApiError 402 when the card is declined (the failed charge is kept), 400 for impossible parameters or a token
 * that cannot pay, 404 for a card that is not the customer's, 500 when the processor's answer is unknown.
 */
export async function createCharge(context: Context, parameters: CreateCharge): Promise<ChargeRow> {
  checkAmount(parameters.amount, parameters.currency);
  checkDescriptors(parameters);
  const processor = requireProcessor(context);
  if (context.recovered !== null) return resumeCharge(context, processor, context.recovered);
  const settings = await settingsOf(context, context.accountId);
  const chargeId = context.ids.next("ch_");
  const source = openPayer(context, parameters);
  const asked: Asked = { chargeId, parameters, settings, source };
  try {
    return await (processor.authorizeNow === undefined
      ? chargeInPhases(context, processor, asked)
      : chargeAtOnce(context, processor, asked));
  } finally {
    releaseSource(context, source);
  }
}

interface Asked {
  /** Made before anything is asked, so that a body that runs again asks under the same reference. */
  readonly chargeId: string;
  readonly parameters: CreateCharge;
  readonly settings: AccountSettings;
  readonly source: Source;
}

async function chargeAtOnce(
  context: Context,
  processor: Processor,
  asked: Asked,
): Promise<ChargeRow> {
  let authorization: Authorization | undefined;
  try {
    return await context.finish(async (tx) => {
      const card = await takeCard(tx, context, { keepsSealed: false, source: asked.source });
      const charge = pendingCharge(context, asked, card);
      authorization = authorizationOf(charge, card);
      const answer = processor.authorizeNow?.(authorization);
      if (answer === undefined || answer.kind === "unknown") {
        throw new Error("the processor does not answer in process");
      }
      // Such a processor keeps no account of money, so what a rule refuses needs no giving back.
      const outcome = ruledOut(answer, asked.settings) ?? answer;
      const homeCountry = asked.settings.country;
      return applyOutcome(tx, context, { charge, homeCountry, isStored: false, outcome });
    });
  } finally {
    // The vault keeps the CVC while the body may run again; now nobody needs it any more.
    if (authorization !== undefined) processor.forgetCvc?.(authorization);
  }
}

async function chargeInPhases(
  context: Context,
  processor: Processor,
  asked: Asked,
): Promise<ChargeRow> {
  const { chargeId, source } = asked;
  const begun = await context.phase(chargeId, async (tx) => {
    const card = await takeCard(tx, context, { keepsSealed: true, source });
    const charge = pendingCharge(context, asked, card);
    tx.insert(charges, charge);
    return { card, charge };
  });
  const outcome = await processor.authorize(authorizationOf(begun.charge, begun.card));
  if (outcome.kind === "unknown") throw outcomeUnknown(outcome.reason);
  return finishCharge(context, chargeId, { outcome, processor });
}

function pendingCharge(context: Context, asked: Asked, card: ChargedCard): ChargeRow {
  const { chargeId, parameters } = asked;
  return {
    ...cardColumns(card),
    account_descriptor: asked.settings.statement_descriptor,
    account_id: context.accountId,
    amount: parameters.amount,
    amount_captured: 0,
    amount_refunded: 0,
    balance_transaction: null,
    behaviour: null,
    capture_before: parameters.capture === false ? holdEnd(context.now) : null,
    captured: false,
    created: context.now,
    currency: parameters.currency,
    customer: card.customer,
    description: parameters.description ?? null,
    disputed: false,
    failure_code: null,
    failure_message: null,
    id: chargeId,
    livemode: context.livemode,
    metadata: mergeMetadata({}, parameters.metadata),
    outcome_reason: null,
    outcome_type: null,
    payment_intent: null,
    position: context.ids.position(),
    receipt: null,
    receipt_email: parameters.receipt_email ?? null,
    shipping: parameters.shipping ?? null,
    source_card: card.customer === null ? null : card.id,
    source_token: card.token,
    statement_descriptor: parameters.statement_descriptor ?? null,
    statement_descriptor_suffix: parameters.statement_descriptor_suffix ?? null,
    status: "pending",
    transfer_group: parameters.transfer_group ?? null,
    user_report: null,
    version: 1,
  };
}

function cardColumns(card: ChargedCard) {
  return {
    address_line1_check: null,
    address_zip_check: null,
    authorization_code: null,
    billing_address: card.address,
    card_brand: card.brand,
    card_country: card.country,
    card_exp_month: card.expMonth,
    card_exp_year: card.expYear,
    card_fingerprint: card.fingerprint,
    card_funding: card.funding,
    card_id: card.id,
    card_last4: card.last4,
    card_network: card.network,
    cardholder_name: card.name,
    cvc_check: null,
    network_codes: null,
    network_transaction_id: null,
    risk_level: null,
    risk_score: null,
  };
}
