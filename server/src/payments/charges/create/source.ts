/**
 * Where a charge's card comes from: a token of the account, taken once; one of Stripe's named test tokens, which stand
 * for the same test card every time; or a card that a customer keeps. The number itself stays behind the vault's door
 * each time.
 */
import type { CardFacts, CardHandle } from "@istripe/vault";
import type { Context } from "../../../context.ts";
import { invalidRequest } from "../../../core/errors.ts";
import { retrieve } from "../../../resource.ts";
import type { Transaction } from "../../../store/database.ts";
import { type TokenRow, tokenResource, tokens } from "../../tokens/schema.ts";
import { sealedCardOf } from "../../tokens/sealed-card.ts";
import { requireUnused } from "../../tokens/state.ts";
import type { ChargedCard } from "./charged-card.ts";
import { type GivenSource, givenCard } from "./given-card.ts";
import { type KeptSource, keptCard } from "./kept-card.ts";

/** A source before the transaction: a named test card already has its handle, everything else is read inside. */
export type Source = TokenSource | KeptSource | GivenSource;

interface TokenSource {
  readonly kind: "token";
  readonly id: string;
  /** The parameter that named it, for errors. */
  readonly param: "source" | "card";
  readonly testCard: CardHandle | undefined;
}

/** What a request says of who pays. */
export interface Payer {
  readonly customer?: string | undefined;
  /** The id of a token, or of a card of the customer's. */
  readonly source?: string | undefined;
  readonly param: "source" | "card";
}

const tokenPrefix = "tok_";

/** To be given back to {@link releaseSource}. @throws ApiError 400 when nobody is said to pay. */
export function openSource(context: Context, { customer, param, source: id }: Payer): Source {
  if (customer !== undefined) return { cardId: id, customer, kind: "kept", param };
  if (id === undefined) {
    throw invalidRequest("Must provide source or customer.", { code: "parameter_missing" });
  }
  const testCard =
    context.livemode || !id.startsWith(tokenPrefix)
      ? undefined
      : context.vault.ingress.testCard(id.slice(tokenPrefix.length));
  return { id, kind: "token", param, testCard };
}

export function releaseSource(context: Context, source: Source): void {
  if (source.kind === "token" && source.testCard !== undefined) {
    context.vault.ingress.release(source.testCard);
  }
}

/**
 * Takes the card for this charge: a token becomes `used` in the caller's transaction.
 *
 * @param about `keepsSealed` when the processor is asked only after this commit and may have to be asked again; else
 * a token's sealed card is destroyed at once.
 * @throws ApiError 400 for an unknown, used, deleted or expired token, or an unknown customer; 404 for a card that is
 * not his, 402 for a customer who has none.
 */
export async function takeCard(
  tx: Transaction,
  context: Context,
  about: { readonly source: Source; readonly keepsSealed: boolean },
): Promise<ChargedCard> {
  const { source, keepsSealed } = about;
  if (source.kind === "kept") return keptCard(tx, context, source);
  if (source.kind === "fields") return givenCard(tx, context, { card: source.card, keepsSealed });
  if (source.testCard !== undefined) {
    return namedTestCard(context, source.id, source.testCard);
  }
  const token = await retrieve(tx, tokenResource, {
    named: { id: source.id, in: "parameter", param: source.param },
    scope: context,
  });
  requireUnused(token, context.now, source.param);
  const card = cardOfToken(token);
  tx.update(tokens, token, keepsSealed ? { status: "used" } : { sealed: null, status: "used" });
  return card;
}

/** Destroys the sealed card of a used token, once the processor has answered. */
export async function dropCard(
  tx: Transaction,
  context: Context,
  tokenId: string | null,
): Promise<void> {
  if (tokenId === null) return;
  const token = await tx.get(tokens, { account_id: context.accountId, id: tokenId });
  if (token !== undefined && token.sealed !== null) tx.update(tokens, token, { sealed: null });
}

/** @throws Error when the token has lost its card, which a pending charge's token never does. */
export function cardOfToken(token: TokenRow): ChargedCard {
  const { sealed, ...shown } = sealedCardOf(token);
  const reach = { cardId: shown.id, kind: "sealed", sealed } as const;
  return { ...shown, customer: null, reach, token: token.id };
}

/** Named test cards expire in this month of next year, as Stripe's do. */
export function namedTestCard(context: Context, name: string, handle: CardHandle): ChargedCard {
  const { facts, fingerprint } = testCardShown(context, name, handle);
  const today = new Date(context.now * 1000);
  return {
    address: null,
    brand: facts.brand,
    country: facts.country,
    customer: null,
    cvcGiven: facts.cvc === "valid",
    expMonth: today.getUTCMonth() + 1,
    expYear: today.getUTCFullYear() + 1,
    fingerprint,
    funding: facts.funding,
    id: context.ids.next("card_"),
    last4: facts.last4,
    name: null,
    network: facts.network,
    reach: { handle, kind: "handle" },
    token: name,
  };
}

interface TestCardShown {
  readonly facts: CardFacts;
  readonly fingerprint: string;
}

/** What a named card shows is the same each time in one account and mode; asking the vault again is an HMAC a charge. */
const shownByVault = new WeakMap<Context["vault"], Map<string, TestCardShown>>();
const shownMax = 10_000;

function testCardShown(context: Context, name: string, handle: CardHandle): TestCardShown {
  const { accountId, livemode, vault } = context;
  let known = shownByVault.get(vault);
  if (known === undefined) {
    known = new Map();
    shownByVault.set(vault, known);
  }
  const place = `${accountId} ${livemode} ${name}`;
  const found = known.get(place);
  if (found !== undefined) return found;
  const shown = {
    facts: vault.ingress.inspect(handle),
    fingerprint: vault.fingerprint(handle, context),
  };
  if (known.size >= shownMax) known.clear();
  known.set(place, shown);
  return shown;
}
