/**
 * What every question to a processor may come to: no usable answer. Whether it did what it was asked is then not known.
 */

/** The reference must be settled with `find` or its like before anything else is done about it. */
export interface Unknown {
  readonly kind: "unknown";
  /** `garbled`: an answer came that means nothing. `failed`: the processor says that it is out of order. */
  readonly reason: "timeout" | "unreachable" | "garbled" | "failed";
  /** False only when the request surely never reached the processor. */
  readonly mayHaveHappened: boolean;
}
