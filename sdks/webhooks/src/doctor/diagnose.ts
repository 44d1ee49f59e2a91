/**
 * The signature doctor: says why a `Stripe-Signature` does not match, by trying what usually goes wrong until the
 * signature does match. What it says of the secret and of the body is then proved; only when nothing matches does it
 * say what looks suspicious. It is a pure function, and no finding shows a secret or a body.
 */
import { createHmac } from "node:crypto";
import { candidatesOf, suspicions } from "./body-changes.ts";
import type { Finding, NamedSecret } from "./finding.ts";
import { type ReadHeader, readHeader } from "./header.ts";
import { meantSecrets, secretSuspicion } from "./secrets.ts";

/** A secret that is not the one to verify with, but explains a signature. */
export interface KnownSecret extends NamedSecret {
  readonly kind?: "other_endpoint" | "other_mode" | "previous";
}

export interface Visit {
  /** What was verified, as it was verified. */
  readonly payload: Buffer | string;
  readonly header: string;
  /** What it was verified with: any of them may match. */
  readonly secrets: readonly NamedSecret[];
  readonly nowSeconds: number;
  /** How old a signature may be; 0 for any age, as in the official libraries. */
  readonly toleranceSeconds: number;
  readonly knownSecrets?: readonly KnownSecret[];
}

export interface Diagnosis {
  /** Whether the official libraries would accept it. */
  readonly matches: boolean;
  /** At least one; the most telling first. */
  readonly findings: readonly Finding[];
}

/** No more secrets are tried than these, given and known together. */
const secretsMax = 100;
/** Nor is more hashed than this, so that a visit takes a fraction of a second however large the body is. */
const hashedBytesMax = 64 * 1024 * 1024;

export function diagnoseSignature(visit: Visit): Diagnosis {
  const header = readHeader(visit.header);
  if ("code" in header) return { findings: [header], matches: false };
  const payload = Buffer.from(visit.payload);
  const age = visit.nowSeconds - Number(header.timestamp);
  const secrets = visit.secrets.slice(0, secretsMax);
  const matching = secrets.find(({ secret }) => isSigned({ header, payload, secret }));
  if (matching !== undefined) return signedRight(matching, age, visit.toleranceSeconds);
  const proved = provenCause({ header, payload, secrets, visit });
  const cause = proved.length > 0 ? proved : unproven(payload, secrets);
  return { findings: [...cause, ...wrongTime(age, visit.toleranceSeconds)], matches: false };
}

function signedRight({ name }: NamedSecret, age: number, toleranceSeconds: number): Diagnosis {
  const time = wrongTime(age, toleranceSeconds);
  const right = {
    code: "matches",
    sentence: `The signature is right: it was made with ${name} over exactly this body.`,
  };
  const isTooOld = time.some(({ code }) => code === "timestamp_too_old");
  return { findings: isTooOld ? [...time, right] : [right, ...time], matches: !isTooOld };
}

function wrongTime(age: number, toleranceSeconds: number): Finding[] {
  if (toleranceSeconds <= 0) return [];
  if (age > toleranceSeconds) {
    return [
      {
        code: "timestamp_too_old",
        sentence: `The signature is ${duration(age)} old and only ${duration(toleranceSeconds)} are allowed: it is a replay, it waited too long before it was verified, or this machine's clock is ahead.`,
      },
    ];
  }
  if (-age <= toleranceSeconds) return [];
  return [
    {
      code: "clock_behind",
      sentence: `The signature was made ${duration(-age)} in the future: this machine's clock is behind, so let it be set by NTP.`,
    },
  ];
}

interface Search {
  readonly header: ReadHeader;
  readonly payload: Buffer;
  readonly secrets: readonly NamedSecret[];
  readonly visit: Visit;
}

/** A secret, and what is wrong with it; null when it is the right one. */
interface Trial {
  readonly secret: string;
  readonly finding: Finding | null;
}

/** What makes the signature match: another secret, another body, or both. Nothing when nothing does. */
function provenCause({ header, payload, secrets, visit }: Search): Finding[] {
  const trials: Trial[] = [
    ...secrets.map(({ secret }) => ({ finding: null, secret })),
    ...secrets.flatMap(meantSecrets),
    ...(visit.knownSecrets ?? []).map((known) => ({
      finding: otherSecret(known),
      secret: known.secret,
    })),
  ].slice(0, secretsMax);
  const tried = (body: Buffer): Trial | undefined =>
    trials.find(({ secret }) => isSigned({ header, payload: body, secret }));
  const asItIs = tried(payload);
  if (asItIs !== undefined) return asItIs.finding === null ? [] : [asItIs.finding];
  let hashedBytes = 0;
  for (const { sent, finding } of candidatesOf(payload)) {
    hashedBytes += sent.length * trials.length;
    if (hashedBytes > hashedBytesMax) return [];
    const trial = tried(sent);
    if (trial !== undefined) return trial.finding === null ? [finding] : [finding, trial.finding];
  }
  return [];
}

function otherSecret({ name, kind }: KnownSecret): Finding {
  switch (kind) {
    case "other_mode":
      return {
        code: "secret_of_other_mode",
        sentence: `It was signed with a secret of the other mode (${name}): test and live have secrets of their own.`,
      };
    case "previous":
      return {
        code: "secret_previous",
        sentence: `It was signed with a secret that has been rolled since (${name}): use the new one everywhere.`,
      };
    default:
      return {
        code: "secret_of_other_endpoint",
        sentence: `It was signed with another secret (${name}): each endpoint has its own, so use that of the endpoint which was called.`,
      };
  }
}

/** What may be the cause, from what can be seen. */
function unproven(payload: Buffer, secrets: readonly NamedSecret[]): Finding[] {
  const seen = [
    ...secrets.flatMap((secret) => secretSuspicion(secret) ?? []),
    ...suspicions(payload),
  ];
  if (secrets.length === 0) {
    seen.unshift({
      code: "secret_missing",
      sentence: "No secret was given to verify with: use the endpoint's, which begins with whsec_.",
    });
  }
  return [
    ...seen,
    {
      code: "no_match",
      sentence:
        "Neither a secret that is known nor a usual change of the body explains the signature: the secret is another endpoint's, or the body was changed in some other way.",
    },
  ];
}

interface Signed {
  readonly header: ReadHeader;
  readonly payload: Buffer;
  readonly secret: string;
}

/** Nobody waits for the answer who could learn from its time, so a plain comparison will do. */
function isSigned({ header, payload, secret }: Signed): boolean {
  const expected = createHmac("sha256", secret)
    .update(`${header.timestamp}.`)
    .update(payload)
    .digest("hex");
  return header.signatures.includes(expected);
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} minutes`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} hours`;
  return `${Math.floor(seconds / 86_400)} days`;
}
