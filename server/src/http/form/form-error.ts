/**
 * What a malformed form is refused with. Every fault of a body or query string ends as a {@link FormError}, which the
 * HTTP layer answers with Stripe's 400; the sentence never repeats a value, and of a name only a bounded, masked part.
 */

export type FormFault =
  | "bad_encoding"
  | "bad_name"
  | "conflict"
  | "too_deep"
  | "too_large"
  | "too_long_a_name"
  | "too_many_parameters";

export class FormError extends Error {
  readonly fault: FormFault;
  /** The parameter at fault, as it may be shown; undefined when the whole body is. */
  readonly param: string | undefined;

  constructor(fault: FormFault, message: string, param?: string) {
    super(message);
    this.name = "FormError";
    this.fault = fault;
    this.param = param;
  }
}
