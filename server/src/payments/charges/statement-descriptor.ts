/**
 * The statement descriptors of a charge: checked as they are given, and put together as the cardholder reads them.
 */
import { checkDescriptor, checkDescriptorSuffix } from "../../core/statement-descriptor.ts";

interface Descriptors {
  readonly statement_descriptor?: string | undefined;
  readonly statement_descriptor_suffix?: string | undefined;
}

/** @throws ApiError 400 */
export function checkDescriptors({
  statement_descriptor: whole,
  statement_descriptor_suffix: suffix,
}: Descriptors): void {
  if (whole !== undefined) checkDescriptor(whole, "statement_descriptor");
  if (suffix !== undefined) checkDescriptorSuffix(suffix, "statement_descriptor_suffix");
}

/** Of an account that has none of its own. */
const defaultDescriptor = "ISTRIPE";
const lengthMax = 22;

/** What the cardholder reads: the charge's descriptor, or else its account's as of then, and the charge's suffix. */
export function calculatedDescriptor(charge: {
  readonly account_descriptor: string | null;
  readonly statement_descriptor: string | null;
  readonly statement_descriptor_suffix: string | null;
}): string {
  const base = charge.statement_descriptor ?? charge.account_descriptor ?? defaultDescriptor;
  const suffix = charge.statement_descriptor_suffix;
  return (suffix === null ? base : `${base}* ${suffix}`).slice(0, lengthMax).toUpperCase();
}
