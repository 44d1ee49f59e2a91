/**
 * Cancels a refund, which Stripe allows only while one waits for the customer to act. A refund to a card never does, so
 * each is refused.
 */
import type { Context } from "../../context.ts";
import { invalidRequest } from "../../core/errors.ts";
import { retrieveRefund } from "./retrieve.ts";
import type { RefundRow } from "./schema.ts";

/** @throws ApiError 404 for an unknown refund, 400 for every other. */
export async function cancelRefund(context: Context, id: string): Promise<RefundRow> {
  const { status } = await retrieveRefund(context.database.committed, context, {
    chargeId: "",
    id,
  });
  throw invalidRequest(
    `You cannot cancel this Refund because it has a status of ${status}. Only a Refund with the status requires_action may be canceled.`,
    { isExecuted: true },
  );
}
