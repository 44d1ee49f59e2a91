/**
 * Puts a card into an outgoing request. Its author marks the places with two objects that nothing else equals, so no
 * text of a user, whatever it spells, can be taken for a place and receive a card number.
 */
import { randomBytes } from "node:crypto";
import { secretBytes } from "../memory/secret-bytes.ts";

/** What stands for the card; views or copies of the vault's bytes, digits only. */
export type CardValues = { readonly number: Buffer; readonly cvc: Buffer | undefined };

type SlotName = "number" | "cvc";

/** A place for a part of the card. As JSON it is a text that nobody outside this process can know. */
export class CardSlot {
  readonly name: SlotName;
  readonly #mark: string;

  constructor(name: SlotName) {
    this.name = name;
    this.#mark = `card ${name} ${randomBytes(16).toString("hex")}`;
  }

  toJSON(): string {
    return this.#mark;
  }
}

/** Where the card shall be in the body of a request: `{ number: cardSlots.number, cvc: cardSlots.cvc }`. */
export const cardSlots = { cvc: new CardSlot("cvc"), number: new CardSlot("number") } as const;

/** A body as its author writes it: plain JSON values, with slots among them. */
export type JsonBody = Readonly<Record<string, unknown>> | readonly unknown[];

/** How deep a body may go; requests to processors are flat. */
const depthMax = 8;

/** Whether the body asks for the CVC. @throws Error if it does not hold the number once, or the CVC more than once. */
export function asksForCvc(body: JsonBody): boolean {
  const counts = { cvc: 0, number: 0 };
  count(body, counts, depthMax);
  if (counts.number !== 1 || counts.cvc > 1) {
    throw new Error(
      "A request to a processor must hold the card number once, and the CVC at most once.",
    );
  }
  return counts.cvc === 1;
}

function count(value: unknown, counts: Record<SlotName, number>, depthLeft: number): void {
  if (value instanceof CardSlot) counts[value.name] += 1;
  else if (typeof value === "object" && value !== null) {
    if (depthLeft === 0) throw new Error("A request to a processor is too deep.");
    for (const name of Object.keys(value))
      count((value as Record<string, unknown>)[name], counts, depthLeft - 1);
  }
}

/** The body with the card in it, for a processor in this process. Its strings live until the garbage collector takes them. */
export function fillAsValues(value: unknown, card: CardValues): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof CardSlot) return card[value.name]?.toString("latin1") ?? null;
  if (Array.isArray(value)) return value.map((inner) => fillAsValues(inner, card));
  const filled: Record<string, unknown> = {};
  for (const name of Object.keys(value))
    filled[name] = fillAsValues((value as Record<string, unknown>)[name], card);
  return filled;
}

const quote = 0x22;
const nullText = "null";

/** The filled body as JSON in bytes, without the card ever being a string. The caller must zero it. */
export function fillAsBytes(body: JsonBody, card: CardValues): Buffer {
  const text = JSON.stringify(body);
  const places = [cardSlots.number, cardSlots.cvc]
    .map((slot) => ({ mark: JSON.stringify(slot), slot }))
    .map(({ mark, slot }) => ({ at: text.indexOf(mark), length: mark.length, slot }))
    .filter(({ at }) => at !== -1)
    .toSorted((a, b) => a.at - b.at);
  const pieces: Buffer[] = [];
  let copied = 0;
  for (const { at, length, slot } of places) {
    pieces.push(Buffer.from(text.slice(copied, at)), quoted(card[slot.name]));
    copied = at + length;
  }
  pieces.push(Buffer.from(text.slice(copied)));
  const filled = secretBytes(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    at += piece.copy(filled, at);
    piece.fill(0);
  }
  return filled;
}

function quoted(digits: Buffer | undefined): Buffer {
  if (digits === undefined) return Buffer.from(nullText);
  const bytes = secretBytes(digits.length + 2);
  bytes[0] = quote;
  bytes.set(digits, 1);
  bytes[digits.length + 1] = quote;
  return bytes;
}
