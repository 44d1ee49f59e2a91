/**
 * Where a customer's new card comes from: the fields of a request, a token of the account, which is used up by it, or
 * one of Stripe's named test tokens. A token's sealed card moves as it is: it was sealed under the card's own id.
 */
import type { Context } from "../../../context.ts";
import { mergeMetadata } from "../../../core/metadata.ts";
import { retrieve } from "../../../resource.ts";
import type { Reader, Transaction } from "../../../store/database.ts";
import { type TokenRow, tokenResource, tokens } from "../../tokens/schema.ts";
import { sealedCardOf } from "../../tokens/sealed-card.ts";
import { requireUnused } from "../../tokens/state.ts";
import type { CardSource } from "./parameters.ts";
import { type SealedCard, sealCard, sealed } from "./seal.ts";

export interface NewCard {
  /** The card, without using anything up. @throws ApiError 400 for a token that is unknown, used or gone. */
  read(reader: Reader): Promise<SealedCard>;
  /** The card, once and for all: a token is used up in the caller's transaction. */
  take(tx: Transaction): Promise<SealedCard>;
  readonly metadata: Readonly<Record<string, string>>;
}

const tokenPrefix = "tok_";

/** @param param the parameter that named the source, for errors. @throws ApiError 402 for a card that cannot be one. */
export function openNewCard(context: Context, source: CardSource, param: string): NewCard {
  if (typeof source !== "string") {
    return standing(sealCard(context, source), mergeMetadata({}, source.metadata));
  }
  const named = context.livemode ? undefined : namedTestCard(context, source);
  return named === undefined ? fromToken(context, source, param) : standing(named, {});
}

const standing = (card: SealedCard, metadata: Readonly<Record<string, string>>): NewCard => ({
  metadata,
  read: async () => card,
  take: async () => card,
});

/** Named test cards expire in this month of next year, as Stripe's do. */
function namedTestCard(context: Context, name: string): SealedCard | undefined {
  if (!name.startsWith(tokenPrefix)) return undefined;
  const handle = context.vault.ingress.testCard(name.slice(tokenPrefix.length));
  if (handle === undefined) return undefined;
  const today = new Date(context.now * 1000);
  try {
    return {
      ...sealed(context, handle),
      address: null,
      expMonth: today.getUTCMonth() + 1,
      expYear: today.getUTCFullYear() + 1,
      name: null,
    };
  } finally {
    context.vault.ingress.release(handle);
  }
}

function fromToken(context: Context, id: string, param: string): NewCard {
  const read = async (reader: Reader): Promise<TokenRow> => {
    const named = { id, in: "parameter", param } as const;
    const token = await retrieve(reader, tokenResource, { named, scope: context });
    requireUnused(token, context.now, param);
    return token;
  };
  return {
    metadata: {},
    read: async (reader) => sealedCardOf(await read(reader)),
    take: async (tx) => {
      const token = await read(tx);
      tx.update(tokens, token, { sealed: null, status: "used" });
      return sealedCardOf(token);
    },
  };
}
