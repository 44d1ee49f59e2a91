/**
 * Changes a refund's metadata; nothing else of a refund can be changed.
 */
import type { Context } from "../../context.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import { lockCharge } from "../charges/lock.ts";
import { changeRefund } from "./change.ts";
import { type RefundPath, retrieveRefund } from "./retrieve.ts";
import type { RefundRow, UpdateRefund } from "./schema.ts";

/** @throws ApiError 404 for an unknown refund, 400 for too much metadata. */
export async function updateRefund(
  context: Context,
  parameters: UpdateRefund,
  path: RefundPath,
): Promise<RefundRow> {
  const { charge } = await retrieveRefund(context.database.committed, context, path);
  return context.finish(async (tx) => {
    await lockCharge(tx, context, charge);
    const refund = await retrieveRefund(tx, context, path);
    const metadata = mergeMetadata(refund.metadata, parameters.metadata);
    return changeRefund(tx, context, { changes: { metadata }, refund });
  });
}
