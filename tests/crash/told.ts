/**
 * What clients were told, charge by charge, and what must therefore be there: the charge as its last answer showed it,
 * less what was refunded since. Clients do one thing after another to a charge, so there is only one such state.
 */
import type { Wire } from "../support/http.ts";
import type { Acknowledged } from "./load.ts";

export interface ToldCharge {
  readonly created: Acknowledged;
  /** Whether it was made to be captured later. */
  readonly isHold: boolean;
  capture: Wire | undefined;
  readonly refunds: Wire[];
}

/** The charge that an answer tells of; undefined for an answer that is no new charge. */
export const chargeIdOf = ({ answer, keyed }: Acknowledged): string | undefined => {
  if (keyed.path !== "/v1/charges") return undefined;
  return answer.status === 200 ? answer.body.id : answer.body.error["charge"];
};

/** The charges that clients were told of, declined ones too, by id. */
export function toldCharges(acknowledged: readonly Acknowledged[]): Map<string, ToldCharge> {
  const told = new Map<string, ToldCharge>();
  for (const entry of acknowledged) {
    const id = chargeIdOf(entry);
    if (id === undefined) continue;
    const isHold = entry.keyed.form["capture"] === "false";
    told.set(id, { capture: undefined, created: entry, isHold, refunds: [] });
  }
  for (const { answer, keyed } of acknowledged) {
    if (answer.status !== 200) continue;
    if (keyed.path.endsWith("/capture")) chargeIn(told, answer.body.id).capture = answer.body;
    if (keyed.path === "/v1/refunds") {
      chargeIn(told, String(answer.body["charge"])).refunds.push(answer.body);
    }
  }
  return told;
}

function chargeIn(told: ReadonlyMap<string, ToldCharge>, id: string): ToldCharge {
  const charge = told.get(id);
  if (charge === undefined) throw new Error(`clients were told of ${id} but not that it was made`);
  return charge;
}

/** What a partial capture let go; 0 where all was captured, or nothing. */
export const restOf = ({ capture }: ToldCharge): number =>
  capture === undefined ? 0 : capture.amount - Number(capture["amount_captured"]);

/** The charge as it must be read now. */
export function expectedNow({ capture, created, refunds }: ToldCharge): Wire {
  const last = structuredClone(capture ?? created.answer.body);
  if (refunds.length === 0) return last;
  const given = refunds.reduce((sum, { amount }) => sum + amount, 0);
  const amountRefunded = Number(last["amount_refunded"]) + given;
  // What was let go of can be captured no longer.
  const details = last["payment_method_details"] as { readonly card: Record<string, unknown> };
  delete details.card["capture_before"];
  return { ...last, amount_refunded: amountRefunded, refunded: amountRefunded === last.amount };
}
