/**
 * A card that a request brings itself, as it pays for a charge. It is sealed before the transaction. Where the processor
 * is asked after a commit, what is sealed has to outlast a crash: it is kept as a token that is used already, and
 * destroyed as every used token's card is.
 */
import type { Context } from "../../../context.ts";
import type { Transaction } from "../../../store/database.ts";
import type { SealedCard } from "../../cards/intake/seal.ts";
import { tokenRow } from "../../tokens/create.ts";
import { tokens } from "../../tokens/schema.ts";
import type { ChargedCard } from "./charged-card.ts";

export interface GivenSource {
  readonly kind: "fields";
  readonly card: SealedCard;
}

export const givenCard = (
  tx: Transaction,
  context: Context,
  { card, keepsSealed }: { readonly card: SealedCard; readonly keepsSealed: boolean },
): ChargedCard => {
  const { sealed, ...shown } = card;
  return {
    ...shown,
    customer: null,
    reach: { cardId: card.id, kind: "sealed", sealed },
    token: keepsSealed ? insertUsedToken(tx, context, card) : null,
  };
};

function insertUsedToken(tx: Transaction, context: Context, card: SealedCard): string {
  const token = tokenRow(context, card, { metadata: {}, status: "used" });
  tx.insert(tokens, token);
  return token.id;
}
