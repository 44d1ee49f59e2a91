/** Where the code generator stands: what the code for one value of an answer is made from. */

/** A position in the schema for which code is being made. */
export interface Position {
  /** The source of the value. */
  readonly value: string;
  /** The dotted name for errors. */
  readonly field: string;
  /** Levels of indentation of the line on which the value begins. */
  readonly depth: number;
  /** The constant text that comes before the value and is part of the expression. */
  readonly before: string;
  /** Sources of the functions made so far; an expression calls them by number. */
  readonly functions: string[];
}
