/**
 * The endpoints of charges.
 */

import { text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { type Operation, single } from "../../operation.ts";
import { listOperation, retrieveOperation } from "../../reading.ts";
import { searchableCharges } from "../../search/charges.ts";
import { searchOperation } from "../../search/query/operation.ts";
import { captureCharge } from "./capture/capture.ts";
import { createCharge } from "./create/create.ts";
import { chargeResource } from "./resource.ts";
import { CaptureCharge, CreateCharge, UpdateCharge } from "./schema.ts";
import { updateCharge } from "./update.ts";

/** Ways of giving a card's number that only terminals have. */
const unbuiltOfCards = ["card", "source"].flatMap((name) =>
  ["encrypted", "network_token", "swipe_data"].map((field) => `${name}[${field}]`),
);

export const chargeOperations: readonly Operation[] = [
  single({
    allow: ["secret"],
    method: "POST",
    parameters: CreateCharge,
    path: "/v1/charges",
    permission: "charge",
    resource: chargeResource,
    run: (context, parameters) => createCharge(context, parameters),
    summary: "Charge a card",
    unbuilt: [
      "application_fee",
      "application_fee_amount",
      "destination",
      "on_behalf_of",
      "radar_options",
      "transfer_data",
      ...unbuiltOfCards,
    ],
  }),
  listOperation(chargeResource, {
    filters: {
      customer: Type.Optional(text()),
      payment_intent: Type.Optional(text()),
      transfer_group: Type.Optional(text()),
    },
    path: "/v1/charges",
    permission: "charge",
    summary: "List charges, newest first",
  }),
  searchOperation(chargeResource, searchableCharges, {
    path: "/v1/charges/search",
    permission: "charge",
    summary: "Search charges",
  }),
  retrieveOperation(chargeResource, {
    path: "/v1/charges/:charge",
    permission: "charge",
    summary: "Retrieve a charge",
  }),
  single({
    allow: ["secret"],
    method: "POST",
    parameters: UpdateCharge,
    path: "/v1/charges/:charge",
    permission: "charge",
    resource: chargeResource,
    run: updateCharge,
    summary: "Update a charge",
  }),
  single({
    allow: ["secret"],
    method: "POST",
    parameters: CaptureCharge,
    path: "/v1/charges/:charge/capture",
    permission: "charge",
    resource: chargeResource,
    run: captureCharge,
    summary: "Capture a charge that was only authorized",
    unbuilt: ["application_fee", "application_fee_amount", "transfer_data"],
  }),
];
