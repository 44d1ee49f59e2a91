/**
 * Turns the processor's answer into the charge's final state, in the caller's transaction: the row, the money in the
 * ledger and the event that tells of it.
 */
import { type Context, Refusal } from "../../../context.ts";
import { type ApiError, cardError } from "../../../core/errors.ts";
import { eventOf } from "../../../resource.ts";
import type { Transaction } from "../../../store/database.ts";
import { declineWords } from "../../cards/intake/declines.ts";
import { recordCaptured } from "../capture/captured-money.ts";
import { chargeResource } from "../resource.ts";
import { type ChargeRow, charges } from "../schema.ts";
import type { KnownOutcome } from "./authorization.ts";
import { ruleReason } from "./rule-block.ts";

/**
 * @param about `homeCountry` is the account's. `isStored`: whether an earlier commit has the pending row already.
 * @returns the charge, or the refusal that a declined one is answered with; the failed charge is kept.
 */
export function applyOutcome(
  tx: Transaction,
  context: Context,
  about: {
    readonly charge: ChargeRow;
    readonly homeCountry: string;
    readonly isStored: boolean;
    readonly outcome: KnownOutcome;
  },
): ChargeRow | Refusal {
  const { charge, homeCountry, isStored, outcome } = about;
  const changes =
    outcome.kind === "approved"
      ? approval(tx, context, { charge, homeCountry, outcome })
      : refusal(outcome);
  const settled: ChargeRow = isStored
    ? tx.update(charges, charge, changes)
    : { ...charge, ...changes };
  if (!isStored) tx.insert(charges, settled);
  const type = settled.status === "succeeded" ? "charge.succeeded" : "charge.failed";
  tx.emit(eventOf(context, type, { resource: chargeResource, row: settled }));
  return answerOf(settled);
}

/** How a settled charge is answered: itself, or the card error that its decline is. */
export const answerOf = (charge: ChargeRow): ChargeRow | Refusal =>
  charge.status === "failed" ? new Refusal(declineError(charge)) : charge;

function approval(
  tx: Transaction,
  context: Context,
  about: {
    readonly charge: ChargeRow;
    readonly homeCountry: string;
    readonly outcome: Extract<KnownOutcome, { kind: "approved" }>;
  },
): Partial<ChargeRow> {
  const { charge, homeCountry, outcome } = about;
  const isElevated = outcome.risk.level === "elevated";
  const approved: Partial<ChargeRow> = {
    ...checksOf(outcome),
    authorization_code: outcome.authorizationCode,
    behaviour: outcome.behaviour,
    network_transaction_id: outcome.networkTransactionId,
    outcome_reason: isElevated ? "elevated_risk_level" : null,
    outcome_type: isElevated ? "manual_review" : "authorized",
    receipt: context.ids.secret(receiptLength),
    risk_level: outcome.risk.level,
    risk_score: outcome.risk.score,
    status: "succeeded",
  };
  // Money that is only held moves no balance.
  if (charge.capture_before !== null) return approved;
  const transaction = recordCaptured(tx, context, {
    amount: charge.amount,
    behaviour: outcome.behaviour,
    charge,
    homeCountry,
  });
  return {
    ...approved,
    amount_captured: charge.amount,
    balance_transaction: transaction.id,
    captured: true,
  };
}

/** Opaque, and long enough that nobody guesses the address of a receipt. */
const receiptLength = 24;

function refusal(outcome: Exclude<KnownOutcome, { kind: "approved" }>): Partial<ChargeRow> {
  const isBlocked = outcome.kind === "blocked";
  const { code, message } = declineWords(outcome.reason);
  return {
    ...checksOf(outcome),
    capture_before: null,
    failure_code: code,
    failure_message: message,
    network_codes: isBlocked ? null : outcome.codes,
    outcome_reason: isBlocked ? blockReason(outcome.reason) : outcome.reason,
    outcome_type: isBlocked ? "blocked" : "issuer_declined",
    risk_level: outcome.risk.level,
    risk_score: outcome.risk.score,
    status: "failed",
  };
}

/** The issuer agreed to what an account's rule blocks, so there the reason is a datum that was wrong. */
const blockReason = (reason: string): string =>
  reason === fraudulent ? "highest_risk_level" : ruleReason;
const fraudulent = "fraudulent";

const checksOf = (outcome: KnownOutcome): Partial<ChargeRow> => ({
  address_line1_check: outcome.checks.addressLine1,
  address_zip_check: outcome.checks.addressPostalCode,
  cvc_check: outcome.checks.cvc,
});

function declineReason({ failure_code, outcome_reason, outcome_type }: ChargeRow): string {
  // The codes of these declines are the reasons' own names.
  if (outcome_reason === ruleReason) return failure_code ?? "generic_decline";
  return outcome_type === "blocked" ? fraudulent : (outcome_reason ?? "generic_decline");
}

function declineError(charge: ChargeRow): ApiError {
  const words = declineWords(declineReason(charge));
  return cardError(words.message, {
    adviceCode: charge.network_codes?.advice ?? undefined,
    charge: charge.id,
    code: words.code,
    declineCode: words.declineCode,
    networkAdviceCode: charge.network_codes?.networkAdvice ?? undefined,
    networkDeclineCode: charge.network_codes?.networkDecline ?? undefined,
    param: words.param,
  });
}
