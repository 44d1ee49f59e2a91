/**
 * The endpoints of a customer's cards. Stripe has them twice: as his cards, and as his sources, of which cards are the
 * only kind that is built.
 */

import { expand, metadata, text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { listParameters, listRows } from "../../listing.ts";
import { list, type Operation, plain, single } from "../../operation.ts";
import { listOperation } from "../../reading.ts";
import { deletedSchema, type Resource, retrieve } from "../../resource.ts";
import { customerResource } from "../customers/resource.ts";
import { attachCard } from "./attach.ts";
import { deleteCard } from "./delete.ts";
import { cardChanges, cardSource } from "./intake/parameters.ts";
import { cardResource } from "./resource.ts";
import { retrieveCard } from "./retrieve.ts";
import { updateCard } from "./update.ts";

const permission = "customer";
/** Parameters of bank accounts and other sources. */
const unbuiltOfOthers = ["account_holder_name", "account_holder_type", "owner"];
/** Ways of giving a card's number that only terminals have. */
const unbuiltOfCards = ["card", "source"].flatMap((name) =>
  ["encrypted", "network_token", "swipe_data"].map((field) => `${name}[${field}]`),
);

const oneCard = (path: string): readonly Operation[] => [
  single({
    allow: ["secret"],
    method: "POST",
    parameters: Type.Object({
      card: Type.Optional(cardSource()),
      expand: Type.Optional(expand()),
      metadata: Type.Optional(metadata()),
      source: Type.Optional(cardSource()),
    }),
    path,
    permission,
    resource: cardResource,
    run: attachCard,
    summary: "Keep a card for a customer",
    unbuilt: ["alipay_account", "bank_account", ...unbuiltOfCards],
  }),
  single({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({ expand: Type.Optional(expand()) }),
    path: `${path}/:id`,
    permission,
    resource: cardResource,
    run: async (context, _, ...[id, customer]) =>
      (await retrieveCard(context.database.committed, context, { customer, id })).card,
    summary: "Retrieve a customer's card",
  }),
  single({
    allow: ["secret"],
    method: "POST",
    parameters: Type.Object({
      ...cardChanges,
      expand: Type.Optional(expand()),
      metadata: Type.Optional(metadata()),
    }),
    path: `${path}/:id`,
    permission,
    resource: cardResource,
    run: (context, parameters, ...[id, customer]) =>
      updateCard(context, parameters, { customer, id }),
    summary: "Change a customer's card",
    unbuilt: unbuiltOfOthers,
  }),
  plain({
    allow: ["secret"],
    method: "DELETE",
    parameters: Type.Object({}),
    path: `${path}/:id`,
    permission,
    run: (context, _, ...[id, customer]) => deleteCard(context, { customer, id }),
    schema: deletedSchema("card"),
    summary: "Delete a customer's card and destroy its number",
  }),
];

const sources = "/v1/customers/:customer/sources";
const cards = "/v1/customers/:customer/cards";
const parent = { column: "customer", resource: customerResource as unknown as Resource };

export const cardOperations: readonly Operation[] = [
  listOperation(cardResource, {
    parent,
    path: cards,
    permission,
    summary: "List a customer's cards, newest first",
  }),
  list({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({ ...listParameters, object: Type.Optional(text()) }),
    path: sources,
    permission,
    resource: cardResource,
    run: async (context, parameters, customer) => {
      const { committed } = context.database;
      const named = { id: customer, in: "url", param: "customer" } as const;
      await retrieve(committed, customerResource, { named, scope: context });
      // There are no sources of any other kind.
      if ((parameters.object ?? "card") !== "card") return { hasMore: false, rows: [] };
      return listRows(committed, cardResource, {
        filters: { customer },
        parameters,
        scope: context,
      });
    },
    summary: "List a customer's sources, newest first",
  }),
  ...oneCard(sources),
  ...oneCard(cards),
];
