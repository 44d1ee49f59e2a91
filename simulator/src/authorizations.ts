/**
 * The authorizations that were made: each reference once. Asked again it gets the first reply; asked
 * again with other terms it is refused. With a journal, a reply exists only once its line is on disk.
 */
import { authorize } from "./authorize.ts";
import type { AuthorizationLine, Journal } from "./journal.ts";
import { createRecent } from "./recent.ts";
import type { AuthorizationRequest, Reply } from "./wire.ts";

export interface Authorizations {
  /**
   * @returns the reply, or `conflict` when the reference stands for other terms.
   * @throws Error when the journal cannot be written; then nothing was authorized that anyone could know of.
   */
  decide(request: AuthorizationRequest): Reply | typeof conflict;
  find(reference: string): Authorized | undefined;
  /** Whether some of what was authorized is not remembered any more, or was never known to this memory. */
  mayHaveForgotten(): boolean;
}

export interface Authorized {
  /** Minor units; 0 for a verification. */
  readonly amount: number;
  readonly currency: string;
  /** Whether the money was taken at once. */
  readonly capture: boolean;
  readonly last4: string;
  readonly isApproved: boolean;
  /** The first reply. */
  readonly reply: Reply;
  /** What became of the money since; undefined while nothing did. */
  movements: Movements | undefined;
}

/** Minor units. */
export interface Movements {
  readonly captured: number;
  readonly refunded: number;
  readonly isReleased: boolean;
}

export const conflict = Symbol("conflict");

export interface MemoryOptions {
  /** Without one, replies are remembered in memory only. */
  readonly journal?: Journal;
  /** How many replies of a kind are remembered at most; the older half is forgotten at once. */
  readonly repliesMax?: number;
  /** Milliseconds since 1970, for the journal's times. */
  readonly now?: () => number;
}

/** Enough for repeats that follow within seconds; a server that keeps no journal shall not grow. */
export const repliesInMemory = 4096;

export function createAuthorizations(options: MemoryOptions): Authorizations {
  const { journal, repliesMax = repliesInMemory, now = () => 0 } = options;
  const remembered = createRecent<Authorized>(repliesMax);
  for (const line of journal?.earlier ?? []) {
    if (isAuthorization(line)) remembered.set(line.reference, rememberedOf(line));
  }

  return {
    decide(request) {
      const { reference, amount, currency, capture, card } = request;
      const last4 = card.number.slice(-4);
      const known = remembered.get(reference);
      if (known !== undefined) {
        if (!isSame(known, request, last4)) return conflict;
        journal?.append({
          kind: "repeat",
          of: "authorization",
          reference,
          time: isoTime(now()),
        });
        return known.reply;
      }
      const reply = authorize(request);
      const { outcome } = reply;
      journal?.append({
        kind: amount === 0 ? "verification" : "authorization",
        reference,
        amount,
        currency,
        capture,
        last4,
        outcome,
        time: isoTime(now()),
        reply,
      });
      const isApproved = outcome === "approved";
      remembered.set(reference, {
        amount,
        currency,
        capture,
        last4,
        isApproved,
        reply,
        movements: undefined,
      });
      return reply;
    },
    find: remembered.get,
    mayHaveForgotten: () => journal === undefined || remembered.hasForgotten(),
  };
}

const isAuthorization = (line: { readonly kind: string }): line is AuthorizationLine =>
  line.kind === "authorization" || line.kind === "verification";

function rememberedOf(line: AuthorizationLine): Authorized {
  const { amount, currency, capture, last4, outcome, reply } = line;
  const isApproved = outcome === "approved";
  return { amount, currency, capture, last4, isApproved, reply, movements: undefined };
}

/** What a repeated request must agree with. */
const isSame = (known: Authorized, request: AuthorizationRequest, last4: string): boolean =>
  known.amount === request.amount &&
  known.currency === request.currency &&
  known.capture === request.capture &&
  known.last4 === last4;

export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();
