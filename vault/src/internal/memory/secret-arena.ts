/**
 * A fixed block of memory outside the JavaScript heap, cut into equal slots, for card numbers and CVCs. Bytes written
 * here are never moved or copied by the garbage collector, so zeroing a slot removes them; a freed slot is always zero.
 * Slots are plain numbers because one allocation per card would cost more than the encryption of the card.
 */
import { secretBytes } from "./secret-bytes.ts";

/** What a slot holds: the bytes after the length byte. A longer value is cut off, and its length shows that it was. */
export class SecretArena {
  readonly #memory: Buffer;
  readonly #slotBytes: number;
  readonly #free: number[] = [];
  #used = 0;

  /** @param capacity how many slots; @param valueBytesMax longest value kept in one. */
  constructor(capacity: number, valueBytesMax: number) {
    this.#slotBytes = valueBytesMax + 1;
    this.#memory = secretBytes(capacity * this.#slotBytes);
  }

  /** Takes an empty slot. Throws when all are taken: the owner must drop something first. */
  take(): number {
    const slot = this.#free.pop() ?? this.#used++ * this.#slotBytes;
    if (slot + this.#slotBytes > this.#memory.length) {
      this.#used--;
      throw new Error("The vault's memory for card data is full.");
    }
    this.#memory[slot] = 0;
    return slot;
  }

  /** Adds one byte to a slot's value; bytes beyond the slot's room are dropped. */
  append(slot: number, byte: number): void {
    const length = this.#memory[slot] as number;
    if (length + 1 >= this.#slotBytes) return;
    this.#memory[slot + length + 1] = byte;
    this.#memory[slot] = length + 1;
  }

  /** The value of a slot as a view, not a copy: it must not outlive the call that asked for it. */
  view(slot: number): Buffer {
    return this.#memory.subarray(slot + 1, slot + 1 + (this.#memory[slot] as number));
  }

  /** Zeroes a slot's value, leaving the slot taken. */
  clear(slot: number): void {
    this.#memory.fill(0, slot, slot + this.#slotBytes);
  }

  /** Zeroes a slot and gives it back. */
  release(slot: number): void {
    this.clear(slot);
    this.#free.push(slot);
  }

  /** Zeroes everything. */
  wipe(): void {
    this.#memory.fill(0);
  }
}
