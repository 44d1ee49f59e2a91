/**
 * The sealed form of a card number: AES-256-GCM under a data key of the account, with a random 96-bit nonce and a full
 * 128-bit tag. The authenticated data binds format, account, mode, reference and key version, so a blob that was moved,
 * cut or changed does not open. All blobs have one length, whatever the number's.
 */
import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from "node:crypto";
import { secretBytes } from "../memory/secret-bytes.ts";

/** Whose card it is: an account in one mode. */
export type Scope = { accountId: string; livemode: boolean };

/** What a sealed card is bound to; `reference` is the id of the card, `card_…`. */
export type Binding = Scope & { reference: string };

export type SealedCard = {
  /** Opaque bytes for the database. */
  blob: Uint8Array;
  /** 16 base62 characters, equal for equal numbers of one account and mode. */
  fingerprint: string;
  /** The version of the account's data key, for rotation. */
  keyVersion: number;
};

/** A sealed card that does not open: moved, cut, changed, or sealed under a key this vault does not have. */
export class SealBroken extends Error {
  override readonly name = "SealBroken";

  constructor() {
    super("The sealed card does not open under this account, mode and reference.");
  }
}

// Layout of a blob: format (1) | key version (4, big endian) | nonce (12) | ciphertext (19) | tag (16).
const format = 1;
const nonceAt = 5;
const nonceBytes = 12;
const cipherAt = nonceAt + nonceBytes;
const plainBytes = 19;
const tagAt = cipherAt + plainBytes;
const tagBytes = 16;
export const blobBytes = tagAt + tagBytes;

const cipherName = "aes-256-gcm";
/** A tag shorter than 128 bits would be accepted by default (DEP0182), and four bytes can be guessed. */
const cipherOptions = { authTagLength: tagBytes };

/** Nonces are not secret: drawing them by the hundred costs a tenth of drawing each. */
const noncePool = Buffer.allocUnsafeSlow(nonceBytes * 512);
let nonceUsed = noncePool.length;

function writeNonce(blob: Buffer): void {
  if (nonceUsed === noncePool.length) {
    randomFillSync(noncePool);
    nonceUsed = 0;
  }
  noncePool.copy(blob, nonceAt, nonceUsed, nonceUsed + nonceBytes);
  nonceUsed += nonceBytes;
}

/** The authenticated data. Each string is preceded by its length, so no two bindings give the same bytes. */
function bindingBytes(binding: Binding, keyVersion: number): Buffer {
  const { accountId, livemode, reference } = binding;
  const accountBytes = Buffer.byteLength(accountId);
  const referenceBytes = Buffer.byteLength(reference);
  const bytes = Buffer.allocUnsafe(10 + accountBytes + referenceBytes);
  bytes[0] = format;
  bytes.writeUInt16BE(accountBytes, 1);
  bytes.write(accountId, 3);
  bytes[3 + accountBytes] = livemode ? 1 : 0;
  bytes.writeUInt16BE(referenceBytes, 4 + accountBytes);
  bytes.write(reference, 6 + accountBytes);
  bytes.writeUInt32BE(keyVersion, 6 + accountBytes + referenceBytes);
  return bytes;
}

/** Scratch for one seal at a time; all zero between seals. */
const padded = secretBytes(plainBytes);

/** Seals a number. @param number 12 to 19 digits; @param key the data key of that version. */
export function sealNumber(
  number: Buffer,
  binding: Binding,
  key: { readonly object: KeyObject; readonly version: number },
): Uint8Array {
  const blob = Buffer.allocUnsafe(blobBytes);
  blob[0] = format;
  blob.writeUInt32BE(key.version, 1);
  writeNonce(blob);
  const nonce = blob.subarray(nonceAt, cipherAt);
  const cipher = createCipheriv(cipherName, key.object, nonce, cipherOptions);
  cipher.setAAD(bindingBytes(binding, key.version));
  try {
    padded.set(number);
    cipher.update(padded).copy(blob, cipherAt);
    cipher.final();
  } finally {
    padded.fill(0);
  }
  cipher.getAuthTag().copy(blob, tagAt);
  return blob;
}

/** The key version that a blob names, or undefined if it is not a blob of this format. */
function keyVersionOf(blob: Uint8Array): number | undefined {
  if (blob.length !== blobBytes || blob[0] !== format) return undefined;
  return new DataView(blob.buffer, blob.byteOffset).getUint32(1);
}

/** Decrypts a blob into 19 padded bytes of its own, or returns undefined if it does not authenticate. */
function decrypt(blob: Uint8Array, binding: Binding, key: { object: KeyObject; version: number }) {
  const nonce = blob.subarray(nonceAt, cipherAt);
  const decipher = createDecipheriv(cipherName, key.object, nonce, cipherOptions);
  decipher.setAAD(bindingBytes(binding, key.version));
  decipher.setAuthTag(blob.subarray(tagAt));
  const plain = decipher.update(blob.subarray(cipherAt, tagAt));
  try {
    decipher.final();
  } catch {
    plain.fill(0);
    return undefined;
  }
  return plain;
}

/** Opens a blob. The digits are in a buffer of their own, which the caller must zero. Throws `SealBroken`. */
export function openNumber(
  blob: Uint8Array,
  binding: Binding,
  keyOfVersion: (version: number) => KeyObject | undefined,
): Buffer {
  const version = keyVersionOf(blob);
  const object = version === undefined ? undefined : keyOfVersion(version);
  if (version === undefined || object === undefined) throw new SealBroken();
  const plain = decrypt(blob, binding, { object, version });
  if (plain === undefined) throw new SealBroken();
  const end = plain.indexOf(0);
  return end === -1 ? plain : plain.subarray(0, end);
}
