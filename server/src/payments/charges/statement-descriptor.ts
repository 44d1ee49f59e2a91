/**
 * What may stand on a cardholder's statement: 5 to 22 characters, at least one letter, and none that the networks
 * refuse.
 */
import { invalidRequest } from "../../core/errors.ts";

/** @param param the parameter's name, for the error. @throws ApiError 400 */
export function checkDescriptor(descriptor: string | undefined, param: string): void {
  if (descriptor === undefined) return;
  if (descriptor.length < 5) {
    throw invalidRequest("The statement descriptor must be at least 5 characters.", { param });
  }
  if (!/[A-Za-z]/.test(descriptor)) {
    throw invalidRequest("The statement descriptor must contain at least one letter.", { param });
  }
  if (/[<>\\'"*]/.test(descriptor)) {
    throw invalidRequest("The statement descriptor may not contain any of < > \\ ' \" *.", {
      param,
    });
  }
}
