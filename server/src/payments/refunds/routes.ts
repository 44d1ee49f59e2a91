/**
 * The endpoints of refunds: alone, and below the charge that they belong to.
 */

import { expand, text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { type Operation, single } from "../../operation.ts";
import { listOperation, retrieveOperation } from "../../reading.ts";
import type { Resource } from "../../resource.ts";
import { chargeResource } from "../charges/resource.ts";
import { cancelRefund } from "./cancel.ts";
import { createRefund } from "./create.ts";
import { refundResource } from "./resource.ts";
import { type RefundPath, retrieveRefund } from "./retrieve.ts";
import { CreateRefund, CreateRefundOfCharge, UpdateRefund, unbuiltTerms } from "./schema.ts";
import { updateRefund } from "./update.ts";

/** Stripe has one permission for charges and refunds. */
const permission = "charge";
const post = { allow: ["secret"], method: "POST", permission, resource: refundResource } as const;

const ownOperations: readonly Operation[] = [
  single({
    ...post,
    parameters: CreateRefund,
    path: "/v1/refunds",
    run: (context, parameters) => createRefund(context, parameters),
    summary: "Refund a charge",
    unbuilt: unbuiltTerms,
  }),
  listOperation(refundResource, {
    filters: { charge: Type.Optional(text()), payment_intent: Type.Optional(text()) },
    path: "/v1/refunds",
    permission,
    summary: "List refunds, newest first",
  }),
  retrieveOperation(refundResource, {
    path: "/v1/refunds/:refund",
    permission,
    summary: "Retrieve a refund",
  }),
  single({
    ...post,
    parameters: UpdateRefund,
    path: "/v1/refunds/:refund",
    run: (context, parameters, id) => updateRefund(context, parameters, { chargeId: "", id }),
    summary: "Update a refund",
  }),
  single({
    ...post,
    parameters: Type.Object({ expand: Type.Optional(expand()) }),
    path: "/v1/refunds/:refund/cancel",
    run: (context, _, id) => cancelRefund(context, id),
    summary: "Cancel a refund that waits for the customer to act",
  }),
];

const belowCharge = ([id, chargeId]: readonly [string, string]): RefundPath => ({ chargeId, id });

const operationsOfCharge: readonly Operation[] = [
  single({
    ...post,
    parameters: CreateRefundOfCharge,
    path: "/v1/charges/:charge/refunds",
    run: (context, parameters, chargeId) => createRefund(context, parameters, chargeId),
    summary: "Refund this charge",
    unbuilt: [...unbuiltTerms, "payment_intent"],
  }),
  listOperation(refundResource, {
    parent: { column: "charge", resource: chargeResource as unknown as Resource },
    path: "/v1/charges/:charge/refunds",
    permission,
    summary: "List the refunds of a charge, newest first",
  }),
  single({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({ expand: Type.Optional(expand()) }),
    path: "/v1/charges/:charge/refunds/:refund",
    permission,
    resource: refundResource,
    run: (context, _, ...ids) =>
      retrieveRefund(context.database.committed, context, belowCharge(ids)),
    summary: "Retrieve a refund of a charge",
  }),
  single({
    ...post,
    parameters: UpdateRefund,
    path: "/v1/charges/:charge/refunds/:refund",
    run: (context, parameters, ...ids) => updateRefund(context, parameters, belowCharge(ids)),
    summary: "Update a refund of a charge",
  }),
];

export const refundOperations: readonly Operation[] = [...ownOperations, ...operationsOfCharge];
