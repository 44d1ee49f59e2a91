/**
 * The authorizations that were made: each reference once. Asked again it gets the first reply, byte for byte; asked
 * again with other terms it is refused. With a journal, a reply exists only once its line is on disk.
 */
import { authorize } from "./authorize.ts";
import type { Journal } from "./journal.ts";
import type { AuthorizationRequest } from "./wire.ts";

export interface Authorizations {
  /**
   * @returns the reply as JSON, or `conflict` when the reference stands for other terms.
   * @throws Error when the journal cannot be written; then nothing was authorized that anyone could know of.
   */
  decide(request: AuthorizationRequest): string | typeof conflict;
  /** The first reply as JSON. */
  find(reference: string): string | undefined;
}

export const conflict = Symbol("conflict");

export interface AuthorizationsOptions {
  /** Without one, replies are remembered in memory only. */
  readonly journal?: Journal;
  /** How many replies are remembered at most; the older half is forgotten at once. */
  readonly repliesMax?: number;
  /** Milliseconds since 1970, for the journal's times. */
  readonly now?: () => number;
}

interface Remembered {
  /** What a repeated request must agree with. */
  readonly terms: string;
  readonly body: string;
}

/** Enough for repeats that follow within seconds; a server that keeps no journal shall not grow. */
const repliesInMemory = 4096;

export function createAuthorizations(options: AuthorizationsOptions): Authorizations {
  const { journal, repliesMax = repliesInMemory, now = () => 0 } = options;
  const replies = createRecent<Remembered>(repliesMax);
  for (const line of journal?.earlier ?? []) {
    replies.set(line.reference, { terms: termsOf(line), body: JSON.stringify(line.reply) });
  }

  return {
    decide(request) {
      const { reference, amount, currency, capture, card } = request;
      const facts = { reference, amount, currency, capture, last4: card.number.slice(-4) };
      const terms = termsOf(facts);
      const known = replies.get(reference);
      if (known !== undefined) {
        if (known.terms !== terms) return conflict;
        journal?.append({ kind: "repeat", reference, time: isoTime(now()) });
        return known.body;
      }
      const reply = authorize(request);
      const { outcome } = reply;
      journal?.append({ kind: "authorization", ...facts, outcome, time: isoTime(now()), reply });
      const body = JSON.stringify(reply);
      replies.set(reference, { terms, body });
      return body;
    },
    find: (reference) => replies.get(reference)?.body,
  };
}

interface Recent<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

/**
 * The latest entries, at least half of `max` of them. Two generations: dropping one whole is cheap, while deleting the
 * first key of a large Map, again and again, walks over all the holes that it left.
 */
function createRecent<Value>(max: number): Recent<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  return {
    get: (key) => young.get(key) ?? old.get(key),
    set(key, value) {
      if (young.size >= max / 2) {
        old = young;
        young = new Map();
      }
      young.set(key, value);
    },
  };
}

const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();

interface Terms {
  readonly amount: number;
  readonly currency: string;
  readonly capture: boolean;
  readonly last4: string;
}

const termsOf = ({ amount, currency, capture, last4 }: Terms): string =>
  `${amount} ${currency} ${capture} ${last4}`;
