/**
 * The modifications that were made: each reference once for each kind, as authorizations are. Only a simulator with a
 * journal keeps account of what was captured, released and refunded. One without lives in its caller's process and is
 * asked inside transactions that may yet be rolled back, which it never hears of: it holds the caller to what was
 * authorized, as long as it remembers that, and trusts it with the rest.
 */
import {
  type Authorizations,
  type Authorized,
  conflict,
  isoTime,
  type MemoryOptions,
  type Movements,
  repliesInMemory,
} from "./authorizations.ts";
import type { ModificationLine } from "./journal.ts";
import type {
  ModificationKind,
  ModificationReply,
  ModificationRequest,
} from "./modification-wire.ts";
import { type Held, modify } from "./modify.ts";
import { createRecent } from "./recent.ts";

export interface Modifications {
  /** @returns and throws as {@link Authorizations.decide} does. */
  decide(request: ModificationRequest): ModificationReply | typeof conflict;
  /** The first reply. */
  find(kind: ModificationKind, reference: string): ModificationReply | undefined;
}

interface Remembered {
  /** What a repeated request must agree with. */
  readonly terms: string;
  readonly reply: ModificationReply;
}

export function createModifications(
  authorizations: Authorizations,
  options: MemoryOptions,
): Modifications {
  const { journal, repliesMax = repliesInMemory, now = () => 0 } = options;
  const replies = createRecent<Remembered>(repliesMax);

  const remember = (request: ModificationRequest, reply: ModificationReply): void => {
    replies.set(keyOf(request.kind, request.reference), { reply, terms: termsOf(request) });
    const authorized = authorizations.find(request.authorization);
    if (journal !== undefined && authorized !== undefined && reply.outcome === "done") {
      authorized.movements = movementsAfter(request, reply, movementsOf(authorized));
    }
  };
  for (const line of journal?.earlier ?? []) if (isModification(line)) remember(line, line.reply);

  const heldFor = ({ kind, authorization }: ModificationRequest): Held | undefined => {
    const authorized = authorizations.find(authorization);
    if (authorized === undefined) return authorizations.mayHaveForgotten() ? undefined : nothing;
    const held = heldOf(authorized);
    return journal === undefined && kind === "refund" ? { ...held, captured: held.amount } : held;
  };

  return {
    decide(request) {
      const { kind, reference } = request;
      const known = replies.get(keyOf(kind, reference));
      if (known !== undefined) {
        if (known.terms !== termsOf(request)) return conflict;
        journal?.append({ kind: "repeat", of: kind, reference, time: isoTime(now()) });
        return known.reply;
      }
      const reply = modify(request, heldFor(request));
      journal?.append({ ...request, time: isoTime(now()), reply });
      remember(request, reply);
      return reply;
    },
    find: (kind, reference) => replies.get(keyOf(kind, reference))?.reply,
  };
}

const nothing: Held = { amount: 0, currency: "", captured: 0, refunded: 0, isReleased: false };

function heldOf(authorized: Authorized): Held {
  const { isApproved, amount, currency } = authorized;
  return isApproved ? { amount, currency, ...movementsOf(authorized) } : nothing;
}

function movementsOf({ amount, capture, movements }: Authorized): Movements {
  return movements ?? { captured: capture ? amount : 0, refunded: 0, isReleased: false };
}

function movementsAfter(
  request: ModificationRequest,
  reply: ModificationReply,
  before: Movements,
): Movements {
  switch (request.kind) {
    case "capture":
      return { ...before, captured: request.amount };
    case "release":
      return { ...before, isReleased: true };
    case "refund": {
      // Money that will come back may be refunded again.
      const comesBack = reply.refund?.later?.status === "failed";
      return comesBack ? before : { ...before, refunded: before.refunded + request.amount };
    }
  }
}

const keyOf = (kind: ModificationKind, reference: string): string => `${kind} ${reference}`;

function termsOf(request: ModificationRequest): string {
  switch (request.kind) {
    case "capture":
      return `${request.authorization} ${request.amount}`;
    case "release":
      return request.authorization;
    case "refund": {
      const { authorization, amount, currency, behaviour } = request;
      return `${authorization} ${amount} ${currency} ${behaviour}`;
    }
  }
}

const isModification = (line: { readonly kind: string }): line is ModificationLine =>
  line.kind === "capture" || line.kind === "release" || line.kind === "refund";
