/**
 * "Did you mean": the known word that is at most two edits from the one that was typed. Its work is bounded by the
 * length of our own words.
 */

const editsMax = 2;

/** ` Did you mean X?` to be put after a sentence, or nothing when no known word is near. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const meant = nearest(typed, known);
  return meant === undefined ? "" : ` Did you mean ${meant}?`;
}

function nearest(typed: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  // A short word is two edits from nearly every other.
  let bestEdits = typed.length <= 3 ? editsMax : editsMax + 1;
  for (const word of known) {
    if (Math.abs(word.length - typed.length) >= bestEdits) continue;
    const edits = editsBetween(typed, word);
    if (edits < bestEdits) {
      best = word;
      bestEdits = edits;
    }
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours that make one word of the other. */
function editsBetween(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
          isSwap
            ? (beforePrevious[column - 2] ?? Number.POSITIVE_INFINITY) + 1
            : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}
