/**
 * Refunds a charge, or lets go of what it holds. With a processor that answers in process, all of it is one
 * transaction. With one that is asked over a network, the amount is set aside and committed first, then the processor
 * is asked, then its answer is committed: a crash between leaves a `pending` refund that the same key or the job
 * settles by asking for the same reference.
 */
import type { Context } from "../../context.ts";
import { invalidRequest, resourceMissing } from "../../core/errors.ts";
import type { Processor } from "../../processors/processor.ts";
import { type Named, retrieve } from "../../resource.ts";
import type { Transaction } from "../../store/database.ts";
import { lockCharge } from "../charges/lock.ts";
import { requireProcessor } from "../charges/processor.ts";
import { chargeResource } from "../charges/resource.ts";
import { refundAmount } from "./refundable.ts";
import type { CreateRefund, RefundRow } from "./schema.ts";
import { ask, askNow } from "./settlement/ask.ts";
import { type BegunRefund, beginRefund } from "./settlement/begin.ts";
import { finishRefund, resumeRefund } from "./settlement/resume.ts";
import { settleRefund } from "./settlement/settle.ts";

/**
 * @param chargeId of the charge in the URL; empty where the parameters name it.
 * @throws ApiError 400 in Stripe's words when there is not so much to refund, 404 or 400 for an unknown charge, 500
 * when the processor's answer is unknown.
 */
export async function createRefund(
  context: Context,
  parameters: CreateRefund,
  chargeId = "",
): Promise<RefundRow> {
  const charge = chargeId === "" ? namedCharge(parameters) : ({ id: chargeId, in: "url" } as const);
  const processor = requireProcessor(context);
  if (context.recovered !== null) return resumeRefund(context, processor, context.recovered);
  const asked: Asked = { charge, id: context.ids.next("re_"), parameters };
  return processor.refundNow === undefined
    ? refundInPhases(context, processor, asked)
    : refundAtOnce(context, processor, asked);
}

interface Asked {
  readonly id: string;
  readonly charge: Named;
  readonly parameters: CreateRefund;
}

/** @throws ApiError 400 when no charge is named. */
function namedCharge({ charge, payment_intent: intent }: CreateRefund): Named {
  if (intent !== undefined) {
    throw resourceMissing("payment_intent", intent, { in: "parameter", param: "payment_intent" });
  }
  if (charge !== undefined) return { id: charge, in: "parameter", param: "charge" };
  throw invalidRequest(
    "One of the following params should be provided for this request: payment_intent or charge.",
    { code: "parameter_missing" },
  );
}

const refundAtOnce = (context: Context, processor: Processor, asked: Asked): Promise<RefundRow> =>
  context.finish(async (tx) => {
    const begun = await begin(tx, context, asked);
    return settleRefund(tx, context, { ...begun, outcome: askNow(processor, begun) });
  });

async function refundInPhases(
  context: Context,
  processor: Processor,
  asked: Asked,
): Promise<RefundRow> {
  const begun = await context.phase(asked.id, (tx) => begin(tx, context, asked));
  const outcome = await ask(processor, begun);
  return finishRefund(context, begun.refund, outcome);
}

async function begin(
  tx: Transaction,
  context: Context,
  { charge: named, id, parameters }: Asked,
): Promise<BegunRefund> {
  await lockCharge(tx, context, named.id);
  const charge = await retrieve(tx, chargeResource, { named, scope: context });
  const { amount, metadata, reason = null } = parameters;
  const terms = { amount: refundAmount(charge, amount), id, metadata, reason };
  return beginRefund(tx, context, { charge, terms });
}
