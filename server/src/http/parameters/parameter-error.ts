/**
 * A parameter that breaks its schema, in Stripe's words. The HTTP layer answers it with 400 `invalid_request_error`.
 * Values appear only through `shownValue` and names only through `pathOf`, so that no sentence can carry a card number.
 */
import { shownValue } from "../../core/shown.ts";

export class ParameterError extends Error {
  readonly code: string | undefined;
  /** The bracketed path of the parameter, such as `items[0][price]`. */
  readonly param: string | undefined;

  constructor(message: string, about: { readonly code?: string; readonly param?: string }) {
    super(message);
    this.name = "ParameterError";
    this.code = about.code;
    this.param = about.param;
  }
}

/** How many unknown parameters one sentence names; the rest is counted. */
const unknownNamesMax = 20;

/**
 * @param names paths that may be shown as they are.
 * @param suggestion the known parameter that was probably meant, for a single unknown one.
 */
export function unknownParameters(names: readonly string[], suggestion?: string): ParameterError {
  const shown = names.slice(0, unknownNamesMax);
  const rest = names.length - shown.length;
  const noun = names.length === 1 ? "parameter" : "parameters";
  const more = rest > 0 ? ` and ${rest} more` : "";
  const hint = suggestion === undefined ? "" : `. Did you mean ${suggestion}?`;
  return new ParameterError(`Received unknown ${noun}: ${shown.join(", ")}${more}${hint}`, {
    code: "parameter_unknown",
    param: shown[0] ?? "",
  });
}

export const missingParameter = (param: string): ParameterError =>
  new ParameterError(`Missing required param: ${param}.`, { code: "parameter_missing", param });

export const emptyParameter = (param: string): ParameterError =>
  new ParameterError(
    `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
    { code: "parameter_invalid_empty", param },
  );

export const invalidInteger = (param: string, value: string): ParameterError =>
  new ParameterError(`Invalid integer: ${shownValue(value)}`, {
    code: "parameter_invalid_integer",
    param,
  });

export const outOfBounds = (param: string, message: string): ParameterError =>
  new ParameterError(message, { code: "parameter_invalid_integer", param });

/** "Invalid array", "Invalid boolean: yes" and their like, which carry no code. */
export const invalidValue = (param: string, message: string): ParameterError =>
  new ParameterError(message, { param });

export const exclusiveParameters = (names: readonly string[], param: string): ParameterError =>
  new ParameterError(`You may only specify one of these parameters: ${names.join(", ")}.`, {
    code: "parameters_exclusive",
    param,
  });

/** `a`, `a or b`, `a, b, or c`. */
export function alternatives(values: readonly string[]): string {
  if (values.length <= 2) return values.join(" or ");
  return `${values.slice(0, -1).join(", ")}, or ${values.at(-1)}`;
}
