/**
 * What may stand on a cardholder's statement: at least one letter, and no character that the networks refuse; a whole
 * descriptor has 5 to 22 characters, a suffix may be shorter.
 */
import { invalidRequest } from "../../core/errors.ts";

const lengthMin = 5;

interface Descriptors {
  readonly statement_descriptor?: string | undefined;
  readonly statement_descriptor_suffix?: string | undefined;
}

/** @throws ApiError 400 */
export function checkDescriptors({
  statement_descriptor: whole,
  statement_descriptor_suffix: suffix,
}: Descriptors): void {
  if (whole !== undefined) {
    const [param, name] = ["statement_descriptor", "statement descriptor"];
    if (whole.length < lengthMin) {
      throw invalidRequest(`The ${name} must be at least ${lengthMin} characters.`, { param });
    }
    checkCharacters(whole, param, name);
  }
  if (suffix !== undefined) {
    checkCharacters(suffix, "statement_descriptor_suffix", "statement descriptor suffix");
  }
}

function checkCharacters(text: string, param: string, name: string): void {
  if (!/[A-Za-z]/.test(text)) {
    throw invalidRequest(`The ${name} must contain at least one letter.`, { param });
  }
  if (/[<>\\'"*]/.test(text)) {
    throw invalidRequest(`The ${name} may not contain any of < > \\ ' " *.`, { param });
  }
}
