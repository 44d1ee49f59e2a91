/**
 * The usual ways to give a wrong secret: another thing that was copied from the same page, or the right one with
 * something around it. What is given is never shown: a finding names it by the name that came with it.
 */
import type { Finding, NamedSecret } from "./finding.ts";

/** A secret as it may have been meant, and what is wrong with how it was given. */
export interface MeantSecret {
  readonly secret: string;
  readonly finding: Finding;
}

const prefix = "whsec_";
/** What is longer is no secret with something around it. */
const secretLengthMax = 1_000;

/** What the secret may be once all that does not belong to it is taken away; nothing when it is clean. */
export function meantSecrets({ name, secret }: NamedSecret): MeantSecret[] {
  if (secret.length > secretLengthMax) return [];
  const bare = secret
    .replace(/\\[rnt]/g, "")
    .replace(/^[\s"'`]+|[\s"'`]+$/g, "")
    .replace(/^[\w-]+=(?=whsec_)/, "")
    .replace(/^["'`]/, "");
  const meant: MeantSecret[] = [];
  if (bare !== secret) meant.push({ finding: surrounded(name), secret: bare });
  if (!bare.startsWith(prefix)) {
    meant.push({ finding: withoutPrefix(name), secret: `${prefix}${bare}` });
  }
  return meant;
}

/** What can be said of a secret by looking at it. */
export function secretSuspicion({ name, secret }: NamedSecret): Finding | null {
  const bare = secret.trim();
  if (bare === "") {
    return {
      code: "secret_empty",
      sentence: `The secret (${name}) is empty: the variable that should hold it is not set.`,
    };
  }
  if (/^(sk|pk|rk)_(live|test)_/.test(bare)) {
    return {
      code: "secret_is_api_key",
      sentence: `The secret (${name}) is an API key: use the endpoint's signing secret, which begins with whsec_.`,
    };
  }
  if (/^(we|evt|acct|whd|whl)_/.test(bare)) {
    return {
      code: "secret_is_id",
      sentence: `The secret (${name}) is an id: use the endpoint's signing secret, which begins with whsec_.`,
    };
  }
  if (bare !== secret) return surrounded(name);
  return bare.startsWith(prefix) ? null : withoutPrefix(name);
}

function surrounded(name: string): Finding {
  return {
    code: "secret_surrounded",
    sentence: `The secret (${name}) has blanks, a line end or quotes around it, which count as part of it: remove them.`,
  };
}

function withoutPrefix(name: string): Finding {
  return {
    code: "secret_without_prefix",
    sentence: `The secret (${name}) was given without whsec_ in front: the prefix is part of it.`,
  };
}
