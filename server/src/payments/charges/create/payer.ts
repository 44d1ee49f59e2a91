/**
 * Who pays for a charge, as its parameters say it: a token, the fields of a card, a customer, or one card of his.
 */
import type { Context } from "../../../context.ts";
import { invalidRequest } from "../../../core/errors.ts";
import { sealCard } from "../../cards/intake/seal.ts";
import type { CreateCharge } from "../schema.ts";
import { openSource, type Source } from "./source.ts";

/**
 * To be given back to `releaseSource`.
 *
 * @throws ApiError 400 when nobody, or more than one, is said to pay; 402 for a card that cannot be one.
 */
export function openPayer(context: Context, parameters: CreateCharge): Source {
  const { card, customer, source = card } = parameters;
  const param = parameters.source === undefined && card !== undefined ? "card" : "source";
  if (typeof source !== "object") return openSource(context, { customer, param, source });
  if (customer !== undefined) {
    throw invalidRequest(`You may only specify one of these parameters: ${param}, customer.`, {
      code: "parameters_exclusive",
      param,
    });
  }
  return { card: sealCard(context, source), kind: "fields" };
}
