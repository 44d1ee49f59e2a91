/**
 * A card is verified before a customer keeps it: its issuer is asked whether it would pay, for nothing. A declined card
 * is not kept; a token that brought it is used up all the same, as by a declined charge.
 */
import { settingsOf } from "../../../accounts/accounts/settings.ts";
import { type Context, Refusal } from "../../../context.ts";
import { ApiError, cardError, invalidRequest } from "../../../core/errors.ts";
import type { Outcome, Processor, Verification } from "../../../processors/processor.ts";
import type { Transaction } from "../../../store/database.ts";
import { ruledOut } from "./account-rules.ts";
import { declineWords } from "./declines.ts";
import type { NewCard } from "./new-card.ts";
import type { SealedCard } from "./seal.ts";

/** A card that its issuer vouches for, with what the issuer said of its data. */
export interface VerifiedCard extends SealedCard {
  readonly checks: Extract<Outcome, { kind: "approved" }>["checks"];
}

/**
 * Runs `keep` in the request's last transaction with the verified card, or refuses.
 *
 * @param lock taken before anything is read.
 * @throws ApiError 402 when the card is declined; 400 for a token that cannot be used, or where no processor is
 * configured; 500 when the processor does not answer.
 */
export async function keepVerified<Row>(
  context: Context,
  card: NewCard,
  about: {
    lock(tx: Transaction): Promise<void>;
    keep(tx: Transaction, card: VerifiedCard): Promise<Row>;
  },
): Promise<Row> {
  const processor = requireProcessor(context);
  const settings = await settingsOf(context, context.accountId);
  const verificationOf = verificationIn(context, settings.default_currency);
  const asked =
    processor.verifyNow === undefined
      ? await askRemote(processor, verificationOf(await card.read(context.database.committed)))
      : undefined;
  let used: Verification | undefined;
  try {
    return await context.finish(async (tx) => {
      await about.lock(tx);
      const taken = await card.take(tx);
      used = verificationOf(taken);
      const answer = asked ?? processor.verifyNow?.(used);
      if (answer === undefined || answer.kind === "unknown") throw unanswered();
      const outcome = ruledOut(answer, settings) ?? answer;
      if (outcome.kind !== "approved") return new Refusal(declined(outcome));
      return about.keep(tx, { ...taken, checks: outcome.checks });
    });
  } finally {
    if (used !== undefined) processor.forgetCvc?.(used);
  }
}

async function askRemote(processor: Processor, verification: Verification): Promise<Outcome> {
  const outcome = await processor.verify(verification);
  if (outcome.kind === "unknown") throw unanswered();
  return outcome;
}

function requireProcessor(context: Context): Processor {
  const processor = context.processorOf(context.livemode);
  if (processor !== undefined) return processor;
  throw invalidRequest(
    "No card processor is configured for live mode, so live cards cannot be verified. Configure a processor connection, or use a test mode key: test mode never moves money.",
    { code: "processor_not_configured" },
  );
}

const verificationIn =
  (context: Context, currency: string) =>
  (card: SealedCard): Verification => ({
    accountId: context.accountId,
    addressLine1: card.address?.line1 ?? null,
    addressZip: card.address?.zip ?? null,
    card: { cardId: card.id, kind: "sealed", sealed: card.sealed },
    currency,
    cvcGiven: card.cvcGiven,
    expMonth: card.expMonth,
    expYear: card.expYear,
    livemode: context.livemode,
    reference: card.id,
  });

const unanswered = (): ApiError =>
  new ApiError(500, "api_error", {
    message:
      "The card processor did not answer, so the card could not be verified and was not kept. Please try again.",
    shouldRetry: true,
  });

function declined(outcome: Extract<Outcome, { kind: "declined" | "blocked" }>): ApiError {
  const words = declineWords(outcome.reason);
  const codes = outcome.kind === "declined" ? outcome.codes : undefined;
  return cardError(words.message, {
    adviceCode: codes?.advice ?? undefined,
    code: words.code,
    declineCode: words.declineCode,
    networkAdviceCode: codes?.networkAdvice ?? undefined,
    networkDeclineCode: codes?.networkDecline ?? undefined,
    // Empty where no field is to blame: Stripe's answer to a payment leaves it out, to this it does not.
    param: words.param ?? "",
  });
}
