/**
 * What may stand on a cardholder's statement: at least one letter, and no character that the networks refuse; a whole
 * descriptor has 5 to 22 characters, a suffix may be shorter.
 */
import { invalidRequest } from "./errors.ts";

const lengthMin = 5;

/** @param param names it in the error. @throws ApiError 400 */
export function checkDescriptor(whole: string, param: string): void {
  if (whole.length < lengthMin) {
    throw invalidRequest(`The statement descriptor must be at least ${lengthMin} characters.`, {
      param,
    });
  }
  checkCharacters(whole, param, "statement descriptor");
}

/** @throws ApiError 400 */
export const checkDescriptorSuffix = (suffix: string, param: string): void =>
  checkCharacters(suffix, param, "statement descriptor suffix");

function checkCharacters(text: string, param: string, name: string): void {
  if (!/[A-Za-z]/.test(text)) {
    throw invalidRequest(`The ${name} must contain at least one letter.`, { param });
  }
  if (/[<>\\'"*]/.test(text)) {
    throw invalidRequest(`The ${name} may not contain any of < > \\ ' " *.`, { param });
  }
}
