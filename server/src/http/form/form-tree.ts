/**
 * What a form parses to: strings at the leaves, and between them lists (`a[]=`) and hashes (`a[b]=`). Hashes are Maps,
 * so `__proto__` or `constructor` is a key like any other. Whether `a[0]=` is a list or a hash depends on the schema,
 * which the parser does not know: it stays a hash with the key "0", and {@link elementsOf} reads it as a list.
 */

export type FormValue = string | FormList | FormHash;
export type FormList = readonly FormValue[];
export type FormHash = ReadonlyMap<string, FormValue>;
export type FormTree = FormHash;

export const isFormList = (value: FormValue): value is FormList => Array.isArray(value);

export const isFormHash = (value: FormValue): value is FormHash =>
  typeof value !== "string" && !Array.isArray(value);

/** An element of a list with the index it was sent under, which is how an error names it. */
export interface FormElement {
  readonly index: number;
  readonly value: FormValue;
}

const indexPattern = /^(?:0|[1-9][0-9]{0,8})$/;

/**
 * The elements of a list in order: as sent for `a[]=`, by index for `a[2]=` (indexes need not be dense). Undefined
 * when the value is no list: a string, or a hash with a key that is no index.
 */
export function elementsOf(value: FormValue): readonly FormElement[] | undefined {
  if (typeof value === "string") return undefined;
  if (isFormList(value)) return value.map((element, index) => ({ index, value: element }));
  const elements: FormElement[] = [];
  let isSorted = true;
  let previous = -1;
  for (const [key, element] of value) {
    if (!indexPattern.test(key)) return undefined;
    const index = Number(key);
    if (index < previous) isSorted = false;
    previous = index;
    elements.push({ index, value: element });
  }
  return isSorted ? elements : elements.sort((a, b) => a.index - b.index);
}
