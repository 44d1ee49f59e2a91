/**
 * Takes a `Stripe-Signature` header apart, and says what is wrong with one that cannot be. Accepts the name of the
 * header in front, because that is how it is copied.
 */
import type { Finding } from "./finding.ts";

export interface ReadHeader {
  /** As it was signed: the text between `t=` and the comma. */
  readonly timestamp: string;
  /** Lowercase hex, 64 digits each. */
  readonly signatures: readonly string[];
}

const copiedFrom = "copy the whole value of Stripe-Signature, as in t=1700000000,v1=5257a8…";

/** More signatures than any sender makes. */
const signaturesMax = 20;

export function readHeader(header: string): ReadHeader | Finding {
  const value = header.trim().replace(/^stripe-signature\s*:\s*/i, "");
  if (value === "") {
    return finding("header_missing", `There is no Stripe-Signature header: ${copiedFrom}.`);
  }
  if (/^v1a?,/.test(value)) {
    return finding(
      "header_is_standard_webhooks",
      "This is the webhook-signature header of Standard Webhooks: verify it with webhook-id and webhook-timestamp, or take the Stripe-Signature header.",
    );
  }
  const pairs = value.split(",").map((pair) => pair.trim().split("=", 2));
  const valuesOf = (name: string): string[] =>
    pairs.flatMap(([key, text = ""]) => (key === name ? [text] : []));
  const timestamp = valuesOf("t").at(-1);
  if (timestamp === undefined || !/^\d{1,15}$/.test(timestamp)) {
    return finding("header_malformed", `The header has no time (t=…) in it: ${copiedFrom}.`);
  }
  const signatures = valuesOf("v1");
  if (signatures.length === 0) return withoutSignature(valuesOf("v0").length > 0);
  const whole = signatures.filter((text) => /^[0-9a-f]{64}$/.test(text));
  if (whole.length === 0) {
    return finding(
      "signature_malformed",
      `The signature (v1=…) is not 64 lowercase hexadecimal digits, so the header was cut or changed: ${copiedFrom}.`,
    );
  }
  return { signatures: whole.slice(0, signaturesMax), timestamp };
}

function withoutSignature(hasFake: boolean): Finding {
  if (!hasFake) {
    return finding("signature_missing", `The header has no signature (v1=…) in it: ${copiedFrom}.`);
  }
  return finding(
    "only_v0",
    "The header has only v0 in it, a scheme of test mode that proves nothing: a delivery always has v1 as well, so the header was cut.",
  );
}

function finding(code: string, sentence: string): Finding {
  return { code, sentence };
}
