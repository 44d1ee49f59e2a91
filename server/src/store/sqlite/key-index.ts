/**
 * Keys kept in memory instead of in an index on disk, for tables whose keys are random and short-lived. It holds only
 * hints: each row that is there has an entry, an entry may be out of date, and whoever finds one reads the row and
 * compares the key. So nothing has to be undone when a transaction is, and a collision costs one read.
 */
import { createKeyedHash } from "./keyed-hash.ts";

/** A row id, as SQLite counts them from 1. */
type RowId = number;

const slotsMin = 1024;

/** Open addressing in one typed array: 32 bytes an entry at the fullest, a third of what a Map takes. */
class Generation {
  #slots = new Float64Array(2 * slotsMin);
  #count = 0;
  readonly startedMs: number;

  constructor(startedMs: number) {
    this.startedMs = startedMs;
  }

  add(digest: number, rowId: RowId): void {
    if (this.#count * 4 >= this.#slots.length) this.#grow();
    this.#put(digest, rowId);
    this.#count++;
  }

  /** Every row that may have the key. */
  collect(digest: number, into: RowId[]): void {
    const slots = this.#slots;
    for (let at = this.#slotOf(digest); slots[at + 1] !== 0; at = (at + 2) % slots.length) {
      if (slots[at] === digest) into.push(slots[at + 1] as number);
    }
  }

  #put(digest: number, rowId: RowId): void {
    const slots = this.#slots;
    let at = this.#slotOf(digest);
    while (slots[at + 1] !== 0) at = (at + 2) % slots.length;
    slots[at] = digest;
    slots[at + 1] = rowId;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Float64Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      const rowId = old[at + 1] as number;
      if (rowId !== 0) this.#put(old[at] as number, rowId);
    }
  }

  #slotOf(digest: number): number {
    return (digest % (this.#slots.length / 2)) * 2;
  }
}

export class KeyIndex {
  readonly #hash = createKeyedHash();
  readonly #lifetimeMs: number;
  readonly #monotonicNow: () => number;
  #lastText: string | undefined;
  #lastDigest = 0;
  #young: Generation;
  #old: Generation | undefined;

  /** @param lifetimeMs how long after its writing a row may be asked for by its key. */
  constructor(lifetimeMs: number, monotonicNow: () => number) {
    this.#lifetimeMs = lifetimeMs;
    this.#monotonicNow = monotonicNow;
    this.#young = new Generation(monotonicNow());
  }

  add(keyText: string, rowId: RowId): void {
    const nowMs = this.#monotonicNow();
    // What was added before the young generation began is past its lifetime when that one is as old as it may get.
    if (nowMs - this.#young.startedMs > this.#lifetimeMs) {
      this.#old = this.#young;
      this.#young = new Generation(nowMs);
    }
    this.#young.add(this.#digest(keyText), rowId);
  }

  /** The rows that may have the key, few and mostly one or none. */
  find(keyText: string): readonly RowId[] {
    const digest = this.#digest(keyText);
    const found: RowId[] = [];
    this.#young.collect(digest, found);
    this.#old?.collect(digest, found);
    return found;
  }

  /** 48 bits: exact in a float, and rarely the same for two keys. A key is mostly added right after it was looked for. */
  #digest(keyText: string): number {
    if (keyText !== this.#lastText) {
      this.#lastDigest = this.#hash(keyText);
      this.#lastText = keyText;
    }
    return this.#lastDigest;
  }
}
