/**
 * Why a request is refused, in a code for programs and a sentence for people that ends in the remedy. Neither ever
 * contains a secret, a signature or the body.
 */

export type SignatureErrorCode =
  /** Something read the body before: its exact bytes, which are what is signed, are gone. */
  | "body_already_parsed"
  | "body_too_large"
  | "header_missing"
  | "header_malformed"
  /** No signature fits: another secret, or another body. */
  | "signature_mismatch"
  | "timestamp_too_old"
  | "timestamp_in_future"
  /** Rightly signed, but not an event. */
  | "not_an_event";

export class SignatureError extends Error {
  readonly code: SignatureErrorCode;

  constructor(code: SignatureErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SignatureError";
    this.code = code;
  }
}
