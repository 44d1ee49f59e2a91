/**
 * A refund by its id, alone or below its charge. Below another charge it is unknown.
 */
import type { Context } from "../../context.ts";
import { resourceMissing } from "../../core/errors.ts";
import { retrieve } from "../../resource.ts";
import type { Reader } from "../../store/database.ts";
import { chargeResource } from "../charges/resource.ts";
import { refundResource } from "./resource.ts";
import type { RefundRow } from "./schema.ts";

/** Where a refund is named in the URL. */
export interface RefundPath {
  readonly id: string;
  /** The charge's; empty where the path has none. */
  readonly chargeId: string;
}

/** @throws ApiError 404 */
export async function retrieveRefund(
  reader: Reader,
  context: Context,
  { chargeId, id }: RefundPath,
): Promise<RefundRow> {
  if (chargeId !== "") {
    await retrieve(reader, chargeResource, { named: { id: chargeId, in: "url" }, scope: context });
  }
  const refund = await retrieve(reader, refundResource, {
    named: { id, in: "url" },
    scope: context,
  });
  if (chargeId === "" || refund.charge === chargeId) return refund;
  throw resourceMissing(refundResource.noun, id, {
    in: "url",
    param: refundResource.idParameter,
  });
}
