/**
 * The parameters of a scenario's step: nested as the file has them, flat with brackets as they are sent. Overrides work
 * on the flat form, so that no name that somebody types can reach anything but a parameter.
 */
import type { Form } from "../api/http-request.ts";
import { usageFailure } from "../line/failure.ts";

export type Parameter =
  | string
  | number
  | boolean
  | readonly Parameter[]
  | { readonly [name: string]: Parameter };

/** `{card: {exp_year: 2040}}` is `card[exp_year]=2040`. */
export const formOf = (parameters: Readonly<Record<string, Parameter>>): Form =>
  Object.entries(parameters).flatMap(([name, value]) => entriesOf(name, value));

function entriesOf(name: string, value: Parameter): Form {
  if (typeof value !== "object") return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => entriesOf(`${name}[${key}]`, inner));
}

export interface Override {
  /** Undefined: the last step. */
  readonly step: string | undefined;
  /** With brackets: `metadata[order]`. */
  readonly name: string;
  readonly value: string;
}

/**
 * @param text `amount=500`, `metadata.order=1`, `metadata[order]=1` or `customer:name=Jenny`.
 * @throws CommandFailure usage, without the text: it may hold a card number.
 */
export function readOverride(text: string): Override {
  const [, step, path, value] = /^(?:([a-z]\w*):)?([^=:]+)=(.*)$/s.exec(text) ?? [];
  if (path === undefined || value === undefined) {
    throw usageFailure("Each --override takes a path and a value, such as --override amount=500.");
  }
  return { name: bracketed(path), step, value };
}

/** `a.b[c].d` is `a[b][c][d]`. */
function bracketed(path: string): string {
  const [first = "", ...rest] = path.split(/[.[]/);
  return first + rest.map((key) => `[${key.replace(/\]$/, "")}]`).join("");
}

/** Puts the override in the place of what it replaces: the same name, what is inside of it, and what it is inside of. */
export function overridden(form: Form, { name, value }: Override): Form {
  const clashes = (other: string): boolean =>
    other === name || other.startsWith(`${name}[`) || name.startsWith(`${other}[`);
  return [...form.filter(([other]) => !clashes(other)), [name, value]];
}
