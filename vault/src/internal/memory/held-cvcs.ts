/**
 * The CVCs that wait in memory for their one authorization (PCI DSS 3.3.1, 3.3.2). They are never written anywhere: a
 * restart loses them. A CVC exists once: its handle and its card's reference point to the same bytes, so wiping it
 * through either wipes it for both.
 */
import type { Limits } from "../limits.ts";
import { type Aged, AgeOrder } from "./age-order.ts";
import { SecretArena } from "./secret-arena.ts";

/** One more digit than the longest real CVC, so that a longer one is seen to be too long. */
const cvcBytesMax = 5;
const wiped = -1;

export interface HeldCvc extends Aged<HeldCvc> {
  slot: number;
  /** Monotonic milliseconds after which it is gone. */
  deadline: number;
  /** The card it waits for, once that is sealed. */
  reference: string | undefined;
}

export class HeldCvcs {
  readonly #arena: SecretArena;
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #byReference = new Map<string, HeldCvc>();
  /** Those that have a reference. */
  readonly #waiting = new AgeOrder<HeldCvc>();

  constructor(limits: Limits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#arena = new SecretArena(limits.handleCountMax + limits.cvcCountMax + 1, cvcBytesMax);
  }

  /** A new, still empty CVC that belongs to a handle. */
  create(): HeldCvc {
    const deadline = this.#now() + this.#limits.cvcLifetimeMs;
    const slot = this.#arena.take();
    return { slot, deadline, reference: undefined, older: undefined, newer: undefined };
  }

  append(cvc: HeldCvc, byte: number): void {
    this.#arena.append(cvc.slot, byte);
  }

  /** The digits as a view that must not outlive the call, or undefined once wiped or expired. */
  view(cvc: HeldCvc): Buffer | undefined {
    if (cvc.slot === wiped) return undefined;
    if (this.#now() < cvc.deadline) return this.#arena.view(cvc.slot);
    this.wipe(cvc);
    return undefined;
  }

  /** Lets a CVC wait under a card's reference. Asked again with another reference, it moves: a transaction body may run twice. */
  keep(cvc: HeldCvc, reference: string): void {
    if (cvc.slot === wiped || cvc.reference === reference) return;
    this.#forget(cvc);
    const earlier = this.#byReference.get(reference);
    if (earlier !== undefined) this.wipe(earlier);
    cvc.reference = reference;
    this.#byReference.set(reference, cvc);
    this.#waiting.add(cvc);
    const { oldest } = this.#waiting;
    if (oldest !== undefined && this.#byReference.size > this.#limits.cvcCountMax)
      this.wipe(oldest);
  }

  find(reference: string): HeldCvc | undefined {
    return this.#byReference.get(reference);
  }

  /** Shortens the life of a CVC that was used but whose transaction has yet to commit. */
  settleSoon(cvc: HeldCvc): void {
    cvc.deadline = Math.min(cvc.deadline, this.#now() + this.#limits.cvcSettleMs);
  }

  /** Zeroes a CVC. Doing so twice is harmless. */
  wipe(cvc: HeldCvc): void {
    if (cvc.slot === wiped) return;
    this.#arena.release(cvc.slot);
    cvc.slot = wiped;
    this.#forget(cvc);
  }

  /** Zeroes the CVCs past their lifetime. Those that still belong to a handle go with the handle. */
  sweep(): void {
    const now = this.#now();
    for (const cvc of this.#byReference.values()) if (now >= cvc.deadline) this.wipe(cvc);
  }

  close(): void {
    for (const cvc of this.#byReference.values()) this.wipe(cvc);
    this.#arena.wipe();
  }

  #forget(cvc: HeldCvc): void {
    if (cvc.reference === undefined) return;
    this.#byReference.delete(cvc.reference);
    this.#waiting.remove(cvc);
    cvc.reference = undefined;
  }
}
