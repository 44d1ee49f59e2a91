/**
 * Where card data enters. `cut` works on the raw bytes of a form body before anything else parses or logs it: every
 * value on a protected path goes into the vault's memory, is zeroed in the received buffer and replaced by a marker.
 * As every such value is replaced, a marker that reaches the parser always came from here.
 */
import type { CardHandle } from "../card-handle.ts";
import type { CardFacts } from "../facts/card-facts.ts";
import type { CardPart, HeldCard, HeldCards } from "../memory/held-cards.ts";
import { escapedByte, type ProtectedField, ProtectedPaths } from "./protected-paths.ts";

/** A body free of card data, and the cards that its markers `card:<n>` and `cvc:<n>` point to. */
export type Cut = { readonly body: Buffer; readonly cards: readonly CardHandle[] };

export interface Ingress {
  /** Names the parameters that carry card data, such as `card[number]`. Called once at start; more calls add more. */
  protect(paths: readonly string[]): void;
  /** Takes the card data out of a form body, zeroing it there. Throws if `protect` was never called. */
  cut(body: Buffer): Cut;
  /** What may be known and shown of a card. Throws if the handle is no longer held. */
  inspect(handle: CardHandle): CardFacts;
  /** A fresh handle of a named test card, or undefined if there is none of that name. */
  testCard(name: string): CardHandle | undefined;
  /** Zeroes and forgets a card. Releasing twice is harmless. */
  release(handle: CardHandle): void;
}

const ampersand = 0x26;
const percent = 0x25;
const plus = 0x2b;
const space = 0x20;
const dash = 0x2d;

const noCards: readonly CardHandle[] = Object.freeze([]);
const markerPrefix: Record<CardPart, string> = { number: "card:", cvc: "cvc:" };
/** A prefix and the number of a card; there are fewer of them than bytes in a body. */
const markerBytesMax = 16;

/** One value on a protected path: its bytes are body[from, to). */
type FoundValue = { field: ProtectedField; from: number; to: number };

export class BodyCutter {
  readonly #cards: HeldCards;
  readonly #protected = new Set<string>();
  #paths: ProtectedPaths | undefined;

  constructor(cards: HeldCards) {
    this.#cards = cards;
  }

  protect(paths: readonly string[]): void {
    for (const path of paths) this.#protected.add(path);
    this.#paths = new ProtectedPaths([...this.#protected]);
  }

  cut(body: Buffer): Cut {
    const found = this.#find(body);
    if (found === undefined) return { body, cards: noCards };
    try {
      return this.#replace(body, found);
    } finally {
      for (const { from, to } of found) body.fill(0, from, to);
    }
  }

  /** The values to cut, in order; undefined when there are none, the common case, which allocates nothing. */
  #find(body: Buffer): FoundValue[] | undefined {
    const paths = this.#paths;
    if (paths === undefined) throw new Error("The vault was not told which parameters to protect.");
    let found: FoundValue[] | undefined;
    let at = 0;
    while (at < body.length) {
      const field = paths.read(body, at);
      at = paths.keyEnd;
      const from = at + 1;
      while (at < body.length && body[at] !== ampersand) at++;
      if (field !== undefined && from <= at) {
        found ??= [];
        found.push({ field, from, to: at });
      }
      at++;
    }
    return found;
  }

  /** Copies the values into the vault and the rest of the body, with markers, into a new buffer. */
  #replace(body: Buffer, found: readonly FoundValue[]): Cut {
    const cards: CardHandle[] = [];
    const holders: string[] = [];
    const rest = Buffer.allocUnsafe(body.length + found.length * markerBytesMax);
    let written = 0;
    let copied = 0;
    for (const { field, from, to } of found) {
      let index = holders.indexOf(field.holder);
      if (index === -1) {
        index = holders.push(field.holder) - 1;
        cards.push(this.#cards.create());
      }
      this.#store(this.#cards.get(cards[index] as CardHandle), field.part, body.subarray(from, to));
      if (from === to) continue;
      written += body.copy(rest, written, copied, from);
      written += rest.write(`${markerPrefix[field.part]}${index}`, written, "latin1");
      copied = to;
    }
    written += body.copy(rest, written, copied);
    return { body: rest.subarray(0, written), cards };
  }

  /** Decodes a value into the vault's memory, without its spaces and dashes. An empty one takes the part away. */
  #store(card: HeldCard, part: CardPart, value: Buffer): void {
    if (value.length === 0) {
      this.#cards.clear(card, part);
      return;
    }
    this.#cards.begin(card, part);
    for (let at = 0; at < value.length; at++) {
      let byte = value[at] as number;
      if (byte === plus) byte = space;
      if (byte === percent) {
        const escaped = escapedByte(value, at);
        if (escaped >= 0) {
          byte = escaped;
          at += 2;
        }
      }
      if (byte !== space && byte !== dash) this.#cards.append(card, part, byte);
    }
  }
}
