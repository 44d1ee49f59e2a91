/**
 * Things in the order of their birth, of which the oldest, or any other, is taken out at the same small cost. A Map keeps
 * that order too, but finding its first key walks over the places of all that were deleted before it.
 */

/** What the order writes into each thing; nobody else touches it. */
export interface Aged<Self> {
  older: Self | undefined;
  newer: Self | undefined;
}

export class AgeOrder<Item extends Aged<Item>> {
  #oldest: Item | undefined;
  #newest: Item | undefined;

  get oldest(): Item | undefined {
    return this.#oldest;
  }

  /** Adds what is in no order yet. */
  add(item: Item): void {
    item.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = item;
    else this.#newest.newer = item;
    this.#newest = item;
  }

  /** Takes out what is in this order. */
  remove(item: Item): void {
    const { newer, older } = item;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    item.older = undefined;
    item.newer = undefined;
  }
}
