/**
 * Recognises, byte by byte and without decoding into strings, the parameter keys that carry card data. It errs towards
 * cutting: brackets raw or encoded, repeated, unbalanced or followed by more, blanks and control bytes all compare
 * equal, so that no form parser, however lenient, can read as `card[number]` a key that the vault let pass.
 */
import type { CardPart } from "../memory/held-cards.ts";

/** A protected parameter: which part of the card it is and the path of the hash it sits in. */
export type ProtectedField = { readonly holder: string; readonly part: CardPart };

// Byte classes. Every byte that occurs in no path is `other` and ends the comparison.
const other = 0;
const ignored = 1;
const separator = 2;
const firstLetterClass = 3;

const dead = 0;
const start = 1;

const equalsSign = 0x3d;
const ampersand = 0x26;
const percent = 0x25;
const plus = 0x2b;
const space = 0x20;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const deleteByte = 0x7f;

/** The value of a hexadecimal digit's byte, or -1. */
function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The byte that a percent escape at `at` stands for, or -1 if it is malformed. */
export function escapedByte(body: Buffer, at: number): number {
  const high = hexValue(body[at + 1]);
  const low = hexValue(body[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** Splits `payment_method_data[card][number]` into the hash it sits in and the part of the card. */
function fieldOf(path: string): { segments: string[]; field: ProtectedField } {
  const segments = path.split(/[[\]]+/).filter((segment) => segment !== "");
  const part = segments.at(-1);
  if ((part !== "number" && part !== "cvc") || !/^[\x21-\x7e]+$/.test(path)) {
    throw new Error(`The protected path ${path} must end in number or cvc.`);
  }
  return { segments, field: { holder: segments.slice(0, -1).join("["), part } };
}

/** A finite automaton over byte classes, compiled once from the protected paths. */
export class ProtectedPaths {
  readonly #classOf = new Uint8Array(256);
  readonly #classCount: number;
  /** State and class → next state. */
  readonly #next: Uint16Array;
  /** The field that a key names if it ends in a state; `dead` and `start` name none. */
  readonly #fields: (ProtectedField | undefined)[] = [undefined, undefined];
  /** Where the last key read ended: at its `=`, at its `&`, at the end, or where it stopped being protected. */
  keyEnd = 0;

  /** @param paths such as `card[number]`; each must end in `number` or `cvc`. */
  constructor(paths: readonly string[]) {
    const parsed = paths.map(fieldOf);
    this.#classCount = this.#assignClasses(parsed.flatMap(({ segments }) => segments).join(""));
    const states = parsed.reduce((sum, { segments }) => sum + segments.join("[").length + 1, 2);
    this.#next = new Uint16Array(states * this.#classCount);
    this.#setEdge(start, ignored, start);
    this.#setEdge(start, separator, start);
    for (const { segments, field } of parsed) this.#add(segments.join("["), field);
  }

  /** Reads the key that begins at `from`; returns the protected field it names or extends, and sets `keyEnd`. */
  read(body: Buffer, from: number): ProtectedField | undefined {
    const classOf = this.#classOf;
    const classCount = this.#classCount;
    const next = this.#next;
    let state = start;
    let at = from;
    for (; at < body.length && state !== dead; at++) {
      let byte = body[at] as number;
      if (byte === equalsSign || byte === ampersand) break;
      if (byte === percent) {
        const escaped = escapedByte(body, at);
        if (escaped >= 0) {
          byte = escaped;
          at += 2;
        }
      }
      state = next[state * classCount + (classOf[byte] as number)] as number;
    }
    this.keyEnd = at;
    return this.#fields[state];
  }

  /** Sorts the bytes into classes: those that compare equal share one. Returns how many there are. */
  #assignClasses(letters: string): number {
    let count = firstLetterClass;
    this.#classOf.fill(ignored, 0, space + 1);
    this.#classOf[deleteByte] = ignored;
    this.#classOf[plus] = ignored;
    this.#classOf[openBracket] = separator;
    this.#classOf[closeBracket] = separator;
    for (const byte of Buffer.from(letters, "latin1")) {
      if (this.#classOf[byte] === other) this.#classOf[byte] = count++;
    }
    return count;
  }

  #setEdge(state: number, kind: number, to: number): void {
    this.#next[state * this.#classCount + kind] = to;
  }

  /** A new state, in which ignored bytes change nothing. */
  #newState(): number {
    const state = this.#fields.push(undefined) - 1;
    this.#setEdge(state, ignored, state);
    return state;
  }

  #add(path: string, field: ProtectedField): void {
    let state = start;
    for (const byte of Buffer.from(path, "latin1")) {
      const kind = this.#classOf[byte] as number;
      const known = this.#next[state * this.#classCount + kind] as number;
      const following = known === dead ? this.#newState() : known;
      this.#setEdge(state, kind, following);
      if (kind === separator) this.#setEdge(following, separator, following);
      state = following;
    }
    this.#fields[state] = field;
    // Whatever follows a bracket after the path extends it: `card[number]`, `card[number][]`, `card[number]x`.
    const extended = this.#newState();
    this.#fields[extended] = field;
    this.#setEdge(state, separator, extended);
    for (let kind = 0; kind < this.#classCount; kind++) this.#setEdge(extended, kind, extended);
  }
}
