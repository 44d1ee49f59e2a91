/**
 * The cards of a customer: kept, deleted, and which of them pays where none is named. Whoever calls holds the
 * customer's lock.
 */
import type { Context, Scope } from "../../context.ts";
import { changeRow, eventOf } from "../../resource.ts";
import type { Reader, Transaction } from "../../store/database.ts";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { customerResource } from "../customers/resource.ts";
import type { CustomerRow } from "../customers/schema.ts";
import type { VerifiedCard } from "./intake/verify.ts";
import { cardResource } from "./resource.ts";
import { type CardRow, cards } from "./schema.ts";

interface OfCustomer {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly customer: string;
}

const cardsOf = defineQuery<OfCustomer, CardRow>(
  [cards],
  (param) => `select ${columnsOf(cards)} from cards
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and customer = ${param("customer")} and deleted = false
    order by created desc, position desc`,
);

/** The cards that a customer keeps, the newest first. */
export const cardsOfCustomer = (
  reader: Reader,
  { accountId, livemode }: Scope,
  customer: string,
): Promise<CardRow[]> => reader.select(cardsOf, { accountId, customer, livemode });

/** The row of a new card; it is not stored yet. */
export function cardRow(
  context: Context,
  card: VerifiedCard,
  about: { readonly customer: string; readonly metadata: Readonly<Record<string, string>> },
): CardRow {
  return {
    account_id: context.accountId,
    address: card.address,
    address_line1_check: card.checks.addressLine1,
    address_zip_check: card.checks.addressPostalCode,
    brand: card.brand,
    country: card.country,
    created: context.now,
    customer: about.customer,
    cvc_check: card.checks.cvc,
    deleted: false,
    exp_month: card.expMonth,
    exp_year: card.expYear,
    expiry_told: false,
    fingerprint: card.fingerprint,
    funding: card.funding,
    id: card.id,
    last4: card.last4,
    livemode: context.livemode,
    metadata: about.metadata,
    name: card.name,
    network: card.network,
    position: context.ids.position(),
    sealed: card.sealed,
    version: 1,
  };
}

export function insertCard(tx: Transaction, context: Context, card: CardRow): void {
  tx.insert(cards, card);
  tx.emit(eventOf(context, "customer.source.created", { resource: cardResource, row: card }));
}

/** Destroys the sealed card in the caller's transaction and keeps what charges still name. */
export function removeCard(tx: Transaction, context: Context, card: CardRow): void {
  tx.emit(eventOf(context, "customer.source.deleted", { resource: cardResource, row: card }));
  tx.update(cards, card, forgotten);
}

const forgotten: Partial<CardRow> = {
  address: null,
  deleted: true,
  metadata: {},
  name: null,
  sealed: null,
};

/** The same without telling of it: the customer goes, and is told of as a whole. */
export async function forgetCards(
  tx: Transaction,
  context: Context,
  customer: string,
): Promise<void> {
  for (const card of await cardsOfCustomer(tx, context, customer)) {
    tx.update(cards, card, forgotten);
  }
}

export const setDefault = (
  tx: Transaction,
  context: Context,
  about: { readonly customer: CustomerRow; readonly card: string | null },
): CustomerRow =>
  changeRow(tx, context, {
    changes: { default_source: about.card },
    event: "customer.updated",
    resource: customerResource,
    row: about.customer,
  });
