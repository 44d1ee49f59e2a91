/**
 * What is asked about an authorization, as the simulator's wire wants it. It carries no card, so it needs no vault.
 */
import type { Capture, Refund, Release } from "../modifications.ts";
import { refuseLivemode } from "./card-request.ts";

export interface PlainRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** JSON values; undefined for a question. */
  readonly body: object | undefined;
}

/** The simulator's collections, by what they hold. */
export const collections = {
  authorization: "/authorizations",
  capture: "/captures",
  release: "/releases",
  refund: "/refunds",
};

/** @throws Error in live mode. */
export function captureRequest({ reference, authorization, amount, livemode }: Capture) {
  refuseLivemode(livemode);
  return posted(collections.capture, { reference, authorization, amount });
}

/** @throws Error in live mode. */
export function releaseRequest({ reference, authorization, livemode }: Release) {
  refuseLivemode(livemode);
  return posted(collections.release, { reference, authorization });
}

/** @throws Error in live mode. */
export function refundRequest(refund: Refund) {
  const { reference, authorization, amount, currency, behaviour, livemode } = refund;
  refuseLivemode(livemode);
  const terms = { reference, authorization, amount, currency, behaviour };
  return posted(collections.refund, terms);
}

/** @throws Error in live mode. */
export function findRequest(
  collection: string,
  reference: string,
  livemode: boolean,
): PlainRequest {
  refuseLivemode(livemode);
  return { method: "GET", path: `${collection}/${encodeURIComponent(reference)}`, body: undefined };
}

const posted = (path: string, terms: object): PlainRequest => ({
  method: "POST",
  path,
  body: terms,
});
