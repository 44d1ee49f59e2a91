/**
 * Work that costs about the same for many as for one: one batch at a time, and what was asked for meanwhile goes together
 * with the next. What is asked for alone waits for nothing but the end of its turn of the event loop.
 */

export interface BatchParts<Item> {
  readonly sizeMax: number;
  /** Begins a batch. @returns whether an item may go with those it said yes to, the first always; absent: every item. */
  readonly begin?: () => (item: Item) => boolean;
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
    const fits = parts.begin?.();
    for (const item of waiting) {
      const isTaken = batch.length < parts.sizeMax && fits?.(item) !== false;
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
