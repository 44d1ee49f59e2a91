/**
 * Finishes a charge that was begun: as its processor answered just now, or, where a crash left it `pending`, as the
 * processor says that it did; it is asked again only if it never heard of the reference, which is the charge's id, so
 * that nothing is charged twice.
 */
import { settingsOf } from "../../../accounts/accounts/settings.ts";
import type { Context, Scope } from "../../../context.ts";
import type { Outcome, Processor } from "../../../processors/processor.ts";
import type { Reader } from "../../../store/database.ts";
import { type CardRules, ruledOut } from "../../cards/intake/account-rules.ts";
import { tokens } from "../../tokens/schema.ts";
import { type ChargeRow, charges } from "../schema.ts";
import { authorizationOf, type KnownOutcome, outcomeUnknown } from "./authorization.ts";
import type { ChargedCard } from "./charged-card.ts";
import { cardStillKept } from "./kept-card.ts";
import { underRules } from "./rule-block.ts";
import { answerOf, applyOutcome } from "./settle.ts";
import { cardOfToken, dropCard, namedTestCard, openSource, releaseSource } from "./source.ts";

/** @throws ApiError 402 when it turns out declined, 500 while the processor does not answer. */
export async function resumeCharge(
  context: Context,
  processor: Processor,
  chargeId: string,
): Promise<ChargeRow> {
  const charge = await requireCharge(context.database.committed, context, chargeId);
  const outcome =
    charge.status === "pending" ? await outcomeOf(context, processor, charge) : undefined;
  return finishCharge(context, chargeId, { outcome, processor });
}

/**
 * Settles the charge as it stands by now: its words may have been changed while the processor was asked.
 *
 * @param answered `outcome` is undefined for a charge that is settled already.
 * @throws ApiError 402 for a charge that was declined.
 */
export async function finishCharge(
  context: Context,
  chargeId: string,
  answered: { readonly outcome: KnownOutcome | undefined; readonly processor: Processor },
): Promise<ChargeRow> {
  const settings = await settingsOf(context, context.accountId);
  const outcome = await judged(context, chargeId, { ...answered, rules: settings });
  const homeCountry = settings.country;
  return context.finish(async (tx) => {
    const charge = await requireCharge(tx, context, chargeId);
    if (charge.status !== "pending" || outcome === undefined) return answerOf(charge);
    await dropCard(tx, context, charge.source_token);
    return applyOutcome(tx, context, { charge, homeCountry, isStored: true, outcome });
  });
}

/** An approval without a failed check, which nearly all are, is what it is. */
async function judged(
  context: Context,
  chargeId: string,
  about: {
    readonly outcome: KnownOutcome | undefined;
    readonly processor: Processor;
    readonly rules: CardRules;
  },
): Promise<KnownOutcome | undefined> {
  const { outcome, processor, rules } = about;
  if (outcome === undefined || ruledOut(outcome, rules, true) === undefined) return outcome;
  const charge = await requireCharge(context.database.committed, context, chargeId);
  if (charge.status !== "pending") return undefined;
  return underRules(processor, charge, { outcome, rules });
}

async function requireCharge(reader: Reader, scope: Scope, id: string): Promise<ChargeRow> {
  const charge = await reader.get(charges, { account_id: scope.accountId, id });
  if (charge === undefined) throw new Error(`the charge ${id} of a recovery point is gone`);
  return charge;
}

async function outcomeOf(
  context: Context,
  processor: Processor,
  charge: ChargeRow,
): Promise<KnownOutcome> {
  const found = await processor.find(charge.id, charge.livemode);
  const outcome = found === "absent" ? await authorizeAgain(context, processor, charge) : found;
  if (outcome.kind === "unknown") throw outcomeUnknown(outcome.reason);
  return outcome;
}

async function authorizeAgain(
  context: Context,
  processor: Processor,
  charge: ChargeRow,
): Promise<Outcome> {
  if (charge.source_card !== null) {
    const kept = await cardStillKept(context.database.committed, context, charge.source_card);
    return kept === undefined
      ? cardGone(charge)
      : processor.authorize(authorizationOf(charge, kept));
  }
  const source = openSource(context, { param: "source", source: charge.source_token ?? undefined });
  try {
    const card =
      source.kind === "token" && source.testCard !== undefined
        ? namedTestCard(context, source.id, source.testCard)
        : await cardOfPending(context, charge);
    return await processor.authorize(authorizationOf(charge, card));
  } finally {
    releaseSource(context, source);
  }
}

/** The customer's card was deleted meanwhile and the processor never heard of the charge: nobody can pay it now. */
const cardGone = (charge: ChargeRow): KnownOutcome => ({
  behaviour: null,
  checks: { addressLine1: null, addressPostalCode: null, cvc: null },
  codes: { advice: null, networkAdvice: null, networkDecline: null },
  kind: "declined",
  network: charge.card_network,
  networkTransactionId: null,
  reason: "processing_error",
  risk: { level: "normal", score: 0 },
});

async function cardOfPending(context: Context, charge: ChargeRow): Promise<ChargedCard> {
  const token = await context.database.committed.get(tokens, {
    account_id: context.accountId,
    id: charge.source_token ?? "",
  });
  if (token === undefined) throw new Error(`the token of the pending charge ${charge.id} is gone`);
  return cardOfToken(token);
}
