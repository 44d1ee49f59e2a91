/**
 * A form written down so that the same parameters give the same text whatever their order: what is compared when a key
 * is used again. Card numbers stand as the vault's keyed digests; a CVC is not part of it, because nothing derived from
 * one may be stored.
 */
import { type FormTree, type FormValue, isFormHash, isFormList } from "../form/form-tree.ts";

const marker = /^card:(\d{1,4})$/;

/** @param cardDigests by the index in the markers that the vault left in the form. */
export function canonicalForm(tree: FormTree, cardDigests: readonly string[]): string {
  const written = (value: FormValue): string => {
    if (isFormHash(value)) {
      let text = "{";
      for (const name of [...value.keys()].sort()) {
        text += `${JSON.stringify(name)}:${written(value.get(name) ?? "")},`;
      }
      return `${text}}`;
    }
    if (isFormList(value)) return `[${value.map(written).join()}]`;
    const index = cardDigests.length === 0 ? undefined : marker.exec(value)?.[1];
    return JSON.stringify(
      index === undefined ? value : `card ${cardDigests[Number(index)] ?? value}`,
    );
  };
  return written(tree);
}
