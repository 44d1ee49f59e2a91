/**
 * Changes what a charge says, never what it did. A customer and a transfer group can be given once and stay.
 */
import type { Context } from "../../context.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import { changeRow, retrieve } from "../../resource.ts";
import type { Transaction } from "../../store/database.ts";
import { customerResource } from "../customers/resource.ts";
import { lockCharge } from "./lock.ts";
import { requireUnset } from "./once.ts";
import { chargeResource } from "./resource.ts";
import type { ChargeRow, UpdateCharge } from "./schema.ts";

/**
 * @throws ApiError 404 for an unknown charge, 400 for an unknown customer or one that would replace another, likewise
 * for the transfer group.
 */
export function updateCharge(
  context: Context,
  parameters: UpdateCharge,
  id: string,
): Promise<ChargeRow> {
  return context.finish(async (tx) => {
    await lockCharge(tx, context, id);
    const charge = await retrieve(tx, chargeResource, { named: { id, in: "url" }, scope: context });
    requireUnset(charge, parameters, "customer");
    requireUnset(charge, parameters, "transfer_group");
    await requireCustomer(tx, context, parameters.customer);
    return changeRow(tx, context, {
      changes: changesOf(charge, parameters),
      event: "charge.updated",
      resource: chargeResource,
      row: charge,
    });
  });
}

function changesOf(charge: ChargeRow, parameters: UpdateCharge): Partial<ChargeRow> {
  const report = parameters.fraud_details;
  const {
    customer,
    description,
    receipt_email: email,
    shipping,
    transfer_group: group,
  } = parameters;
  return {
    customer: customer ?? charge.customer,
    description: description === undefined ? charge.description : description,
    metadata: mergeMetadata(charge.metadata, parameters.metadata),
    receipt_email: email === undefined ? charge.receipt_email : email,
    shipping: shipping ?? charge.shipping,
    transfer_group: group ?? charge.transfer_group,
    user_report: report === undefined ? charge.user_report : report.user_report,
  };
}

async function requireCustomer(
  tx: Transaction,
  context: Context,
  id: string | undefined,
): Promise<void> {
  if (id === undefined) return;
  const named = { id, in: "parameter", param: "customer" } as const;
  await retrieve(tx, customerResource, { named, scope: context });
}
