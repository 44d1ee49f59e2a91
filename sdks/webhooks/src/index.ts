/**
 * `@istripe/webhooks`: the receiver's side of webhooks. Inboxes and frameworks have paths of their own
 * (`@istripe/webhooks/postgres`, `/express`, …), so that nobody loads what they do not use.
 */
export type { WebhookEvent } from "./event.ts";
export type {
  Handler,
  HandlerContext,
  TransactionContext,
  TransactionHandler,
} from "./handlers.ts";
export type {
  Arrival,
  DeadLetter,
  Failure,
  Inbox,
  InboxOptions,
  Lease,
  LeasedEvent,
} from "./inbox.ts";
export type { OnProblem, Problem } from "./problem.ts";
export {
  type Answer,
  createReceiver,
  type Receiver,
  type ReceiverOptions,
  type Receives,
} from "./receiver.ts";
export { SignatureError, type SignatureErrorCode } from "./signature-error.ts";
export {
  constructEvent,
  type RequestHeaders,
  type VerifyOptions,
  verifySignature,
} from "./verify.ts";
