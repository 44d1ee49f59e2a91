/**
 * Work that costs about the same for many as for one: one batch at a time, and what was asked for meanwhile goes together
 * with the next. What is asked for alone waits for nothing but the end of its turn of the event loop.
 */

export interface BatchParts<Item> {
  readonly sizeMax: number;
  /** Whether the item may go with these; it goes with a later batch otherwise. Absent: always. */
  readonly fits?: (item: Item, batch: readonly Item[]) => boolean;
  /** Never rejects: it settles its items itself. */
  run(batch: readonly Item[]): Promise<void>;
}

/** @returns what takes an item, in the order in which they are asked for. */
export function createBatches<Item>(parts: BatchParts<Item>): (item: Item) => void {
  let waiting: Item[] = [];
  let isBusy = false;
  const plan = (): void => {
    if (isBusy || waiting.length === 0) return;
    isBusy = true;
    setImmediate(start);
  };
  const start = (): void => {
    void parts.run(take()).then(() => {
      isBusy = false;
      plan();
    });
  };
  const take = (): Item[] => {
    const batch: Item[] = [];
    const left: Item[] = [];
    for (const item of waiting) {
      const isTaken =
        batch.length < parts.sizeMax && (batch.length === 0 || parts.fits?.(item, batch) !== false);
      (isTaken ? batch : left).push(item);
    }
    waiting = left;
    return batch;
  };
  return (item) => {
    waiting.push(item);
    plan();
  };
}
