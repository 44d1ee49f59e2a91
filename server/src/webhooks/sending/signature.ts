/**
 * The headers that prove a delivery: Stripe's own and those of Standard Webhooks. The key of Stripe's scheme is the
 * whole secret with its prefix, the key of Standard Webhooks the bytes behind it; each secret costs one HMAC, and a
 * secret that is being rolled adds a second signature.
 */
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** What is signed. `secrets` are whole (`whsec_…`), the newest first; `timestamp` is in unix seconds. */
export interface Signed {
  readonly secrets: readonly string[];
  readonly timestamp: number;
  /** The bytes that are sent, to the last one. */
  readonly body: Buffer | string;
}

/** The name of a Standard Webhooks header. */
export type StandardHeader = "webhook-id" | "webhook-timestamp" | "webhook-signature";

const secretPrefix = "whsec_";

/** @returns the value of `Stripe-Signature`: `t=…,v1=…`, with one `v1` a secret. */
export function stripeSignature({ secrets, timestamp, body }: Signed): string {
  requireSecrets(secrets);
  let header = `t=${timestamp}`;
  for (const secret of secrets) {
    header += `,v1=${createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex")}`;
  }
  return header;
}

/**
 * @param signed `id` is the event's, so that each attempt of a delivery carries the same one.
 * @returns the three headers, with one `v1,…` a secret, separated by blanks.
 */
export function standardSignature(
  signed: Signed & { readonly id: string },
): Record<StandardHeader, string> {
  const { secrets, timestamp, body, id } = signed;
  requireSecrets(secrets);
  const signatures = secrets.map((secret) => {
    const digest = createHmac("sha256", standardKey(secret))
      .update(`${id}.${timestamp}.`)
      .update(body)
      .digest("base64");
    return `v1,${digest}`;
  });
  return {
    "webhook-id": id,
    "webhook-signature": signatures.join(" "),
    "webhook-timestamp": `${timestamp}`,
  };
}

/** The bytes that the part behind the prefix stands for. A key object, because bytes as a key cost four times as much. */
function standardKey(secret: string): KeyObject {
  if (!secret.startsWith(secretPrefix)) {
    throw new Error("A webhook secret must start with whsec_.");
  }
  return createSecretKey(secret.slice(secretPrefix.length), "base64");
}

function requireSecrets(secrets: readonly string[]): void {
  if (secrets.length === 0) throw new Error("A delivery is never sent without a signature.");
}
