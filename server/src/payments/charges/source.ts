/**
 * Where a charge's card comes from: a token of the account, taken once, or one of Stripe's named test tokens, which
 * stand for the same test card every time. The number itself stays behind the vault's door either way.
 */
import type { CardFacts, CardHandle } from "@istripe/vault";
import type { Context } from "../../context.ts";
import { invalidRequest } from "../../core/errors.ts";
import type { Authorization } from "../../processors/processor.ts";
import { retrieve } from "../../resource.ts";
import type { Transaction } from "../../store/database.ts";
import type { CardAddress } from "../cards/schema.ts";
import { type TokenRow, tokenResource, tokens } from "../tokens/schema.ts";
import { requireUnused } from "../tokens/state.ts";

/** What a charge keeps of its card. */
export interface ChargedCard {
  readonly id: string;
  readonly brand: string;
  readonly network: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly fingerprint: string;
  readonly funding: string;
  readonly country: string | null;
  readonly name: string | null;
  readonly address: CardAddress | null;
  readonly cvcGiven: boolean;
  /** How the processor's side reaches the number. */
  readonly reach: Authorization["card"];
}

/** A source before the transaction: a named test card already has its handle, a token is read inside. */
export interface Source {
  readonly id: string;
  readonly testCard: CardHandle | undefined;
  readonly release: () => void;
}

const tokenPrefix = "tok_";

/** @throws ApiError 400 when no source is given. */
export function openSource(context: Context, id: string | undefined): Source {
  if (id === undefined) {
    throw invalidRequest("Must provide source or customer.", { code: "parameter_missing" });
  }
  const { ingress } = context.vault;
  const testCard =
    context.livemode || !id.startsWith(tokenPrefix)
      ? undefined
      : ingress.testCard(id.slice(tokenPrefix.length));
  return {
    id,
    release: () => {
      if (testCard !== undefined) ingress.release(testCard);
    },
    testCard,
  };
}

/**
 * Takes the card for this charge: a token becomes `used` in the caller's transaction.
 *
 * @param about `keepsSealed` when the processor is asked only after this commit and may have to be asked again; else
 * the sealed card is destroyed at once.
 * @throws ApiError 400 for an unknown, used, deleted or expired token.
 */
export async function takeCard(
  tx: Transaction,
  context: Context,
  about: { readonly source: Source; readonly keepsSealed: boolean },
): Promise<ChargedCard> {
  const { source, keepsSealed } = about;
  if (source.testCard !== undefined) {
    return namedTestCard(context, source.id, source.testCard);
  }
  const token = await retrieve(tx, tokenResource, {
    named: { id: source.id, in: "parameter", param: "source" },
    scope: context,
  });
  requireUnused(token, context.now, "source");
  const card = cardOfToken(token);
  tx.update(tokens, token, keepsSealed ? { status: "used" } : { sealed: null, status: "used" });
  return card;
}

/** Destroys the sealed card of a used token, once the processor has answered. */
export async function dropCard(tx: Transaction, context: Context, tokenId: string): Promise<void> {
  const token = await tx.get(tokens, { account_id: context.accountId, id: tokenId });
  if (token !== undefined && token.sealed !== null) tx.update(tokens, token, { sealed: null });
}

/** @throws Error when the token has lost its card, which a pending charge's token never does. */
export function cardOfToken(token: TokenRow): ChargedCard {
  if (token.sealed === null) throw new Error(`the token ${token.id} has no card any more`);
  return {
    address: token.address,
    brand: token.brand,
    country: token.country,
    cvcGiven: token.has_cvc,
    expMonth: token.exp_month,
    expYear: token.exp_year,
    fingerprint: token.fingerprint,
    funding: token.funding,
    id: token.card_id,
    last4: token.last4,
    name: token.name,
    network: token.brand,
    reach: { cardId: token.card_id, kind: "sealed", sealed: token.sealed },
  };
}

/** Named test cards expire in this month of next year, as Stripe's do. */
export function namedTestCard(context: Context, name: string, handle: CardHandle): ChargedCard {
  const { facts, fingerprint } = testCardShown(context, name, handle);
  const today = new Date(context.now * 1000);
  return {
    address: null,
    brand: facts.brand,
    country: facts.country,
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
