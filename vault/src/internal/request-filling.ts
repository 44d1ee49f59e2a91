/**
 * Puts a card into an outgoing request: the two placeholders are replaced where they are the whole of a JSON string.
 * Each may occur once only, so that text from a user that reads like a placeholder is refused and never receives a
 * card number.
 */

import { secretBytes } from "./secret-bytes.ts";

/** What the placeholders stand for; views or copies of the vault's bytes, digits only. */
export type CardValues = { readonly number: Buffer; readonly cvc: Buffer | undefined };

export type RequestPlan = {
  /** The literal text around the placeholders, one more than there are of them. */
  readonly texts: readonly string[];
  readonly slots: readonly ("number" | "cvc")[];
};

const numberPlaceholder = '"{{card.number}}"';
const cvcPlaceholder = '"{{card.cvc}}"';
const quote = 0x22;
const nullText = "null";

/** The one place of a placeholder, or -1. Throws if there are more. */
function placeOf(body: string, placeholder: string): number {
  const first = body.indexOf(placeholder);
  if (first !== -1 && body.indexOf(placeholder, first + 1) !== -1) {
    throw new Error(`A request to a processor may hold ${placeholder} once only.`);
  }
  return first;
}

/** Finds the placeholders of a request. Throws if it has none for the number, or has one twice. */
export function planRequest(body: string): RequestPlan {
  const number = placeOf(body, numberPlaceholder);
  const cvc = placeOf(body, cvcPlaceholder);
  if (number === -1) throw new Error(`A request to a processor must hold ${numberPlaceholder}.`);
  const numberEnd = number + numberPlaceholder.length;
  if (cvc === -1)
    return { texts: [body.slice(0, number), body.slice(numberEnd)], slots: ["number"] };
  const cvcEnd = cvc + cvcPlaceholder.length;
  if (number < cvc) {
    const texts = [body.slice(0, number), body.slice(numberEnd, cvc), body.slice(cvcEnd)];
    return { texts, slots: ["number", "cvc"] };
  }
  const texts = [body.slice(0, cvc), body.slice(cvcEnd, number), body.slice(numberEnd)];
  return { texts, slots: ["cvc", "number"] };
}

/** The filled body as a string, for a processor in this process. The string lives until the garbage collector takes it. */
export function fillAsText(plan: RequestPlan, values: CardValues): string {
  let text = plan.texts[0] as string;
  for (const [index, slot] of plan.slots.entries()) {
    const digits = values[slot];
    text += digits === undefined ? nullText : `"${digits.toString("latin1")}"`;
    text += plan.texts[index + 1];
  }
  return text;
}

/** The filled body as bytes, without the card ever being a string. The caller must zero it. */
export function fillAsBytes(plan: RequestPlan, values: CardValues): Buffer {
  const quoted = plan.slots.map((slot) => {
    const digits = values[slot];
    if (digits === undefined) return Buffer.from(nullText);
    const bytes = secretBytes(digits.length + 2);
    bytes[0] = quote;
    bytes.set(digits, 1);
    bytes[digits.length + 1] = quote;
    return bytes;
  });
  const texts = plan.texts.map((text) => Buffer.from(text));
  const length = [...quoted, ...texts].reduce((sum, piece) => sum + piece.length, 0);
  const body = secretBytes(length);
  let at = 0;
  for (const [index, text] of texts.entries()) {
    at += text.copy(body, at);
    const digits = quoted[index];
    if (digits === undefined) continue;
    at += digits.copy(body, at);
    digits.fill(0);
  }
  return body;
}
