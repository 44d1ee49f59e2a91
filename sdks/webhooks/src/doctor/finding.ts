/**
 * The words that the parts of the doctor share. A sentence is whole, plain, and ends with the remedy; it never shows a
 * secret or a body.
 */

/** One thing that is so, in a sentence with the remedy. */
export interface Finding {
  readonly code: string;
  readonly sentence: string;
}

export interface NamedSecret {
  /** How a sentence speaks of it, such as `the endpoint's secret`. */
  readonly name: string;
  readonly secret: string;
}
