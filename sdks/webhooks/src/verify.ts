/**
 * Verifies that a request was signed by whoever holds the endpoint's secret, over exactly the bytes that arrived. Knows
 * Stripe's header and that of Standard Webhooks, and any number of secrets, so that a secret can be rolled without a
 * gap. Signatures are compared in constant time.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { nowMs } from "./clock.ts";
import { parseEvent, type WebhookEvent } from "./event.ts";
import { SignatureError } from "./signature-error.ts";

/** A request's headers as Node, or as the web's `Request`, has them. */
export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** `whsec_…`; during a roll, the old one and the new one. */
  readonly secret: string | readonly string[] | undefined;
  /** How old a signature may be, in seconds. 300 by default. */
  readonly toleranceSeconds?: number;
  /** The time to judge by, in Unix seconds. Now by default. */
  readonly nowSeconds?: number;
}

const headerLengthMax = 8_192;
const secretsMax = 10;
const defaultToleranceSeconds = 300;

/** What a header claims: when it was signed, and what the signature is over and made with. */
interface Claim {
  readonly signedAtSeconds: number;
  readonly signatures: readonly Buffer[];
  readonly signedPrefix: string;
  readonly isFutureRefused: boolean;
  keyOf(secret: string): string | Buffer;
}

/**
 * @param body the bytes of the request, or the text they are in UTF-8: never parsed and written again.
 * @returns the event, of which the signature and the age have been verified.
 * @throws SignatureError that says what is wrong.
 */
export function constructEvent(
  body: unknown,
  headers: RequestHeaders,
  options: VerifyOptions,
): WebhookEvent {
  const bytes = rawBytes(body);
  verifySignature(bytes, headers, options);
  return parseEvent(bytes.toString("utf8"));
}

/** Like {@link constructEvent} for a body that need not be an event. */
export function verifySignature(
  body: unknown,
  headers: RequestHeaders,
  options: VerifyOptions,
): void {
  const secrets = readSecrets(options.secret);
  const bytes = rawBytes(body);
  const claim = readClaim(headers);
  if (!secrets.some((secret) => isSignedWith(secret, claim, bytes))) throw mismatch(secrets);
  refuseWrongAge(claim, options);
}

/** @throws Error if there is no secret: a mistake of the application, not of a request. */
export function readSecrets(secret: VerifyOptions["secret"]): string[] {
  // White space around a secret comes from files and shells; no secret contains any.
  const secrets = [secret ?? []].flat().map((one) => one.trim());
  if (secrets.length === 0 || secrets.includes(""))
    throw new Error("The webhook endpoint's secret (whsec_…) is missing or empty.");
  if (secrets.length > secretsMax) throw new Error(`At most ${secretsMax} secrets can be tried.`);
  return secrets;
}

/** @throws SignatureError `body_already_parsed` for anything but bytes and text. */
function rawBytes(body: unknown): Buffer {
  if (typeof body === "string") return Buffer.from(body, "utf8");
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  throw new SignatureError(
    "body_already_parsed",
    "The body was parsed before its signature could be verified, and only its exact bytes are signed. Mount the webhook's route before express.json() or any other body parser, or exclude the route from it.",
  );
}

function readClaim(headers: RequestHeaders): Claim {
  const stripe = header(headers, "stripe-signature");
  if (stripe !== null) return stripeClaim(stripe);
  const standard = header(headers, "webhook-signature");
  if (standard !== null) return standardClaim(standard, headers);
  throw new SignatureError(
    "header_missing",
    "The request carries neither Stripe-Signature nor webhook-signature. It was not sent by a webhook endpoint, or a proxy in between removed the header.",
  );
}

function header(headers: RequestHeaders, name: string): string | null {
  const found = hasGet(headers) ? headers.get(name) : headers[name];
  const value = typeof found === "object" && found !== null ? found.join(",") : (found ?? null);
  if (value !== null && value.length > headerLengthMax)
    throw malformed(name, `is longer than ${headerLengthMax} characters`);
  return value;
}

function hasGet(headers: RequestHeaders): headers is { get(name: string): string | null } {
  return typeof headers["get"] === "function";
}

/** `t=<unix>,v1=<hex>[,v1=<hex>]`. Other schemes, such as test mode's fake v0, prove nothing and are passed over. */
function stripeClaim(value: string): Claim {
  const items = value.split(",").map((item) => item.trim());
  const times = items.filter((item) => item.startsWith("t="));
  const time = /^t=(\d{1,12})$/.exec(times.length === 1 ? (times[0] ?? "") : "")?.[1];
  if (time === undefined) throw malformed("Stripe-Signature", "has no one time, t=");
  const signatures = items.flatMap((item) => {
    const hex = /^v1=([\da-f]{64})$/.exec(item)?.[1];
    return hex === undefined ? [] : [Buffer.from(hex, "hex")];
  });
  if (signatures.length === 0) throw malformed("Stripe-Signature", "has no signature v1=");
  return {
    isFutureRefused: false,
    keyOf: (secret) => secret,
    signatures,
    signedAtSeconds: Number(time),
    signedPrefix: `${time}.`,
  };
}

/** `webhook-signature: v1,<base64>[ v1,<base64>]` over the id, the time and the body. */
function standardClaim(value: string, headers: RequestHeaders): Claim {
  const id = header(headers, "webhook-id") ?? "";
  const time = header(headers, "webhook-timestamp") ?? "";
  if (id === "") throw malformed("webhook-id", "is missing");
  if (!/^\d{1,12}$/.test(time)) throw malformed("webhook-timestamp", "is not a Unix time");
  const signatures = value.split(" ").flatMap((item) => {
    const base64 = /^v1,([\w+/=-]{43,44})$/.exec(item)?.[1];
    return base64 === undefined ? [] : [Buffer.from(base64, "base64")];
  });
  if (signatures.length === 0) throw malformed("webhook-signature", "has no signature v1,");
  return {
    isFutureRefused: true,
    keyOf: (secret) => Buffer.from(secret.replace(/^whsec_/, ""), "base64"),
    signatures,
    signedAtSeconds: Number(time),
    signedPrefix: `${id}.${time}.`,
  };
}

function isSignedWith(secret: string, claim: Claim, body: Buffer): boolean {
  const hmac = createHmac("sha256", claim.keyOf(secret));
  const expected = hmac.update(claim.signedPrefix).update(body).digest();
  let isSigned = false;
  for (const signature of claim.signatures) {
    // Every one is compared: how long it takes says nothing about which fits.
    if (signature.length === expected.length && timingSafeEqual(signature, expected))
      isSigned = true;
  }
  return isSigned;
}

function refuseWrongAge(claim: Claim, options: VerifyOptions): void {
  const now = options.nowSeconds ?? Math.floor(nowMs() / 1_000);
  const tolerance = options.toleranceSeconds ?? defaultToleranceSeconds;
  const age = now - claim.signedAtSeconds;
  if (age > tolerance)
    throw new SignatureError(
      "timestamp_too_old",
      `The signature is right, but ${age} seconds old; at most ${tolerance} are accepted. The request is a replay, or this machine's clock is ahead.`,
    );
  if (claim.isFutureRefused && -age > tolerance)
    throw new SignatureError(
      "timestamp_in_future",
      `The signature is right, but of a time ${-age} seconds ahead; at most ${tolerance} are accepted. This machine's clock is behind.`,
    );
}

function malformed(name: string, why: string): SignatureError {
  return new SignatureError(
    "header_malformed",
    `The header ${name} ${why}. It was not sent by a webhook endpoint, or was changed on the way.`,
  );
}

function mismatch(secrets: readonly string[]): SignatureError {
  const hint = secrets.every((secret) => secret.startsWith("whsec_"))
    ? "Check that the secret is this endpoint's own, in this mode, and that nothing between the sender and here changes the body."
    : "A secret that was given does not start with whsec_: take the endpoint's secret, not an API key.";
  return new SignatureError(
    "signature_mismatch",
    `No signature in the header fits this body and the endpoint's secret. ${hint} \`istripe webhook verify\` finds out which it is.`,
  );
}
