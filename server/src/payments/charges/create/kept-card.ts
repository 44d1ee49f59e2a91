/**
 * A card that a customer keeps, as it pays for a charge: the one that is named, or his default.
 */
import type { Context, Scope } from "../../../context.ts";
import { ApiError, cardError } from "../../../core/errors.ts";
import { shownName } from "../../../core/shown.ts";
import { retrieve } from "../../../resource.ts";
import type { Reader, Transaction } from "../../../store/database.ts";
import { type CardRow, cards } from "../../cards/schema.ts";
import { customerResource } from "../../customers/resource.ts";
import type { ChargedCard } from "./charged-card.ts";

export interface KeptSource {
  readonly kind: "kept";
  readonly customer: string;
  /** Undefined for the customer's default. */
  readonly cardId: string | undefined;
  /** The parameter that named the card, for errors. */
  readonly param: "source" | "card";
}

/**
 * @throws ApiError 400 for an unknown customer, 402 for one who has no card, 404 for a card that is not his.
 */
export async function keptCard(
  tx: Transaction,
  context: Context,
  { cardId, customer: id, param }: KeptSource,
): Promise<ChargedCard> {
  const named = { id, in: "parameter", param: "customer" } as const;
  const customer = await retrieve(tx, customerResource, { named, scope: context });
  const asked = cardId ?? customer.default_source;
  if (asked === null) {
    throw cardError("Cannot charge a customer that has no active card", {
      code: "missing",
      param: "card",
    });
  }
  const card = await cardStillKept(tx, context, asked);
  if (card?.customer !== customer.id) throw notHis(customer.id, asked, param);
  return card;
}

/** The card as it can be charged; undefined once it was deleted, or where it never was. */
export async function cardStillKept(
  reader: Reader,
  { accountId, livemode }: Scope,
  id: string,
): Promise<(ChargedCard & { readonly customer: string }) | undefined> {
  // No id holds a NUL, and no database could be asked for one.
  if (id.includes("\0")) return undefined;
  const row = await reader.get(cards, { account_id: accountId, id });
  if (row === undefined || row.livemode !== livemode || row.sealed === null) return undefined;
  return chargedCard(row, row.sealed);
}

/** Its CVC was used up when it was verified. */
const chargedCard = (row: CardRow, sealed: Uint8Array) => ({
  address: row.address,
  brand: row.brand,
  country: row.country,
  customer: row.customer,
  cvcGiven: false,
  expMonth: row.exp_month,
  expYear: row.exp_year,
  fingerprint: row.fingerprint,
  funding: row.funding,
  id: row.id,
  last4: row.last4,
  name: row.name,
  network: row.network,
  reach: { cardId: row.id, kind: "sealed" as const, sealed },
  token: null,
});

const notHis = (customer: string, card: string, param: string): ApiError =>
  new ApiError(404, "invalid_request_error", {
    code: "missing",
    isExecuted: true,
    message: `Customer ${customer} does not have a linked source with ID ${shownName(card)}.`,
    param,
  });
