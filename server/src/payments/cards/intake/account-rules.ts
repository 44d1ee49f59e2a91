/**
 * What an account refuses although the issuer agreed: a CVC or a postal code that the issuer found wrong, where its
 * settings say so.
 */
import type { AccountSettings } from "../../../accounts/accounts/schema.ts";
import type { Outcome } from "../../../processors/processor.ts";

export type CardRules = Pick<AccountSettings, "decline_on_avs_failure" | "decline_on_cvc_failure">;

/** An outcome that an account's rule replaced. */
export type RuledOut = Extract<Outcome, { kind: "blocked" }>;

/**
 * The refusal that an approval with a failed check becomes where a rule is on; undefined for all else.
 *
 * @param areAllOn whether the settings are left out of account, and any failed check counts.
 */
export function ruledOut(
  outcome: Outcome,
  rules: CardRules,
  areAllOn = false,
): RuledOut | undefined {
  if (outcome.kind !== "approved") return undefined;
  const reason = failedRule(outcome.checks, {
    decline_on_avs_failure: areAllOn || rules.decline_on_avs_failure,
    decline_on_cvc_failure: areAllOn || rules.decline_on_cvc_failure,
  });
  if (reason === undefined) return undefined;
  const { checks, network, risk } = outcome;
  return { behaviour: null, checks, kind: "blocked", network, reason, risk };
}

function failedRule(
  { addressPostalCode, cvc }: Extract<Outcome, { kind: "approved" }>["checks"],
  rules: CardRules,
): string | undefined {
  if (rules.decline_on_cvc_failure && cvc === "fail") return "incorrect_cvc";
  if (rules.decline_on_avs_failure && addressPostalCode === "fail") return "incorrect_zip";
  return undefined;
}
