/**
 * The cards that came in and are not yet released: handle → number (and CVC) in memory. A handle lives 60 seconds at
 * most and their number is bounded; a dropped handle never silently stands for nothing, using it throws.
 */
import { CardHandle } from "../card-handle.ts";
import type { Limits } from "../limits.ts";
import { type Aged, AgeOrder } from "./age-order.ts";
import type { HeldCvc, HeldCvcs } from "./held-cvcs.ts";
import { SecretArena } from "./secret-arena.ts";

/** One more digit than the longest card number, so that a longer one is seen to be too long. */
const numberBytesMax = 20;

export type CardPart = "number" | "cvc";

/** What a handle stands for. Its slot and CVC are private to the vault; no caller of the door can reach this. */
export interface HeldCard extends Aged<HeldCard> {
  readonly handle: CardHandle;
  readonly numberSlot: number;
  readonly deadline: number;
  cvc: HeldCvc | undefined;
}

export class HeldCards {
  readonly #numbers: SecretArena;
  readonly #cvcs: HeldCvcs;
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #held = new Map<CardHandle, HeldCard>();
  readonly #byAge = new AgeOrder<HeldCard>();

  constructor(limits: Limits, options: { now: () => number; cvcs: HeldCvcs }) {
    this.#limits = limits;
    this.#now = options.now;
    this.#cvcs = options.cvcs;
    this.#numbers = new SecretArena(limits.handleCountMax + 1, numberBytesMax);
  }

  /** A fresh handle of an empty card. The oldest handle is dropped if there are too many. */
  create(): CardHandle {
    const { oldest } = this.#byAge;
    if (oldest !== undefined && this.#held.size >= this.#limits.handleCountMax) this.#drop(oldest);
    const card: HeldCard = {
      handle: new CardHandle(),
      numberSlot: this.#numbers.take(),
      deadline: this.#now() + this.#limits.handleLifetimeMs,
      cvc: undefined,
      older: undefined,
      newer: undefined,
    };
    this.#held.set(card.handle, card);
    this.#byAge.add(card);
    return card.handle;
  }

  /** Makes a part of the card empty, ready for `append`. A CVC that was not there is there, but blank, afterwards. */
  begin(card: HeldCard, part: CardPart): void {
    this.clear(card, part);
    if (part === "cvc") card.cvc = this.#cvcs.create();
  }

  append(card: HeldCard, part: CardPart, byte: number): void {
    if (part === "number") this.#numbers.append(card.numberSlot, byte);
    else if (card.cvc !== undefined) this.#cvcs.append(card.cvc, byte);
  }

  /** Takes a part of the card away, as an empty parameter does. */
  clear(card: HeldCard, part: CardPart): void {
    if (part === "number") {
      this.#numbers.clear(card.numberSlot);
      return;
    }
    if (card.cvc !== undefined) this.#cvcs.wipe(card.cvc);
    card.cvc = undefined;
  }

  /** The card of a handle. Throws if it was released, dropped, has expired or belongs to another vault. */
  get(handle: CardHandle): HeldCard {
    const card = this.#held.get(handle);
    if (card !== undefined && this.#now() < card.deadline) return card;
    if (card !== undefined) this.#drop(card);
    throw new Error(
      "The card handle is no longer held: it was released, dropped or is older than its lifetime.",
    );
  }

  /** The digits as a view that must not outlive the call. */
  number(card: HeldCard): Buffer {
    return this.#numbers.view(card.numberSlot);
  }

  /** The CVC's digits as such a view; undefined if none was given or it is used up. */
  cvc(card: HeldCard): Buffer | undefined {
    return card.cvc === undefined ? undefined : this.#cvcs.view(card.cvc);
  }

  /** Zeroes and forgets a card. A CVC that waits under its sealed card's reference stays. Twice is harmless. */
  release(handle: CardHandle): void {
    const card = this.#held.get(handle);
    if (card !== undefined) this.#drop(card);
  }

  /** Drops the handles past their lifetime. */
  sweep(): void {
    const now = this.#now();
    this.#dropWhile((oldest) => now >= oldest.deadline);
  }

  close(): void {
    this.#dropWhile(() => true);
    this.#numbers.wipe();
  }

  #dropWhile(isToGo: (oldest: HeldCard) => boolean): void {
    let { oldest } = this.#byAge;
    for (; oldest !== undefined && isToGo(oldest); { oldest } = this.#byAge) this.#drop(oldest);
  }

  #drop(card: HeldCard): void {
    this.#held.delete(card.handle);
    this.#byAge.remove(card);
    this.#numbers.release(card.numberSlot);
    if (card.cvc !== undefined && card.cvc.reference === undefined) this.#cvcs.wipe(card.cvc);
  }
}
