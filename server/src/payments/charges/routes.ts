/**
 * The endpoints of charges.
 */
import { Type } from "@sinclair/typebox";
import { expand, text } from "../../core/parameters.ts";
import { listParameters, listRows } from "../../listing.ts";
import { list, type Operation, single } from "../../operation.ts";
import { retrieve } from "../../resource.ts";
import { createCharge } from "./create.ts";
import { chargeResource } from "./resource.ts";
import { CreateCharge } from "./schema.ts";

export const chargeOperations: readonly Operation[] = [
  single({
    allow: ["secret"],
    method: "POST",
    parameters: CreateCharge,
    path: "/v1/charges",
    resource: chargeResource,
    run: (context, parameters) => createCharge(context, parameters),
    summary: "Charge a card",
    unbuilt: [
      "application_fee",
      "application_fee_amount",
      "card",
      "customer",
      "destination",
      "on_behalf_of",
      "radar_options",
      "transfer_data",
    ],
  }),
  list({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({
      ...listParameters,
      customer: Type.Optional(text()),
      payment_intent: Type.Optional(text()),
      transfer_group: Type.Optional(text()),
    }),
    path: "/v1/charges",
    resource: chargeResource,
    run: (context, parameters) =>
      listRows(context.database.committed, chargeResource, {
        filters: {
          customer: parameters.customer,
          payment_intent: parameters.payment_intent,
          transfer_group: parameters.transfer_group,
        },
        parameters,
        scope: context,
      }),
    summary: "List charges, newest first",
  }),
  single({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({ expand: Type.Optional(expand()) }),
    path: "/v1/charges/:charge",
    resource: chargeResource,
    run: (context, _, id) =>
      retrieve(context.database.committed, chargeResource, {
        named: { id, in: "url" },
        scope: context,
      }),
    summary: "Retrieve a charge",
  }),
];
