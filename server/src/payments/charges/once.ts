/**
 * What of a charge can be given once and then stays.
 */
import { invalidRequest } from "../../core/errors.ts";
import type { ChargeRow } from "./schema.ts";

type Once = "customer" | "transfer_group";

/** @throws ApiError 400 when the charge has another value already. */
export function requireUnset(
  charge: ChargeRow,
  given: { readonly [Param in Once]?: string },
  param: Once,
): void {
  const value = given[param];
  if (value === undefined || charge[param] === null || charge[param] === value) return;
  throw invalidRequest(
    `The ${param} of the charge ${charge.id} is set already, and can be set only once.`,
    { param },
  );
}
