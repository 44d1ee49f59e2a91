/**
 * The sealed form of an account's own secret, such as a webhook's signing secret: AES-256-GCM under a key that seals
 * nothing else, with a random 96-bit nonce and a full 128-bit tag. The authenticated data binds format, account, mode
 * and reference, so a blob that was moved, cut or changed does not open.
 */
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import { type Binding, SealBroken } from "./sealed-card.ts";

/** What an account keeps secret; never card data. */
export interface Secrets {
  /** Seals a text for the database. @param text at most 256 KiB. */
  seal(text: string, binding: Binding): Uint8Array;
  /** @throws SealBroken when the blob is not what `seal` made for this account, mode and reference. */
  open(blob: Uint8Array, binding: Binding): string;
}

// Layout: format (1) | nonce (12) | ciphertext | tag (16).
const format = 2;
const nonceBytes = 12;
const tagBytes = 16;
const overhead = 1 + nonceBytes + tagBytes;
const textBytesMax = 256 * 1024;

const cipherName = "aes-256-gcm";
const cipherOptions = { authTagLength: tagBytes };

/** Each string is preceded by its length, so no two bindings give the same bytes. */
function bindingBytes({ accountId, livemode, reference }: Binding): Buffer {
  const fields = ["istripe secret", String(format), accountId, String(livemode), reference];
  return Buffer.from(fields.map((field) => `${Buffer.byteLength(field)}:${field}`).join("|"));
}

export function sealSecret(text: string, binding: Binding, key: KeyObject): Uint8Array {
  const plain = Buffer.from(text);
  if (plain.length > textBytesMax) {
    throw new Error(`A secret to be sealed is at most ${textBytesMax} bytes long.`);
  }
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(cipherName, key, nonce, cipherOptions);
  cipher.setAAD(bindingBytes(binding));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  plain.fill(0);
  return Buffer.concat([Buffer.of(format), nonce, sealed, cipher.getAuthTag()]);
}

/** @throws SealBroken */
export function openSecret(blob: Uint8Array, binding: Binding, key: KeyObject | undefined): string {
  if (key === undefined || blob.length < overhead || blob[0] !== format) throw new SealBroken();
  const plain = decrypt(blob, binding, key);
  if (plain === undefined) throw new SealBroken();
  return plain.toString("utf8");
}

/** Undefined where the blob does not authenticate. */
function decrypt(blob: Uint8Array, binding: Binding, key: KeyObject): Buffer | undefined {
  const nonce = blob.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv(cipherName, key, nonce, cipherOptions);
  decipher.setAAD(bindingBytes(binding));
  decipher.setAuthTag(blob.subarray(blob.length - tagBytes));
  const plain = decipher.update(blob.subarray(1 + nonceBytes, blob.length - tagBytes));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}
