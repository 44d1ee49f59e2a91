/**
 * The root key wraps the accounts' data keys and does nothing else. It sits behind a small interface, so that a KMS or
 * an HSM can take the file's place. A wrapped key is bound to what it is for, so no two can be exchanged unnoticed
 * (PCI DSS 3.7.7).
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";

export interface RootKey {
  /** Wraps a key, bound to `purpose`. Does not zero its argument. */
  wrap(key: Buffer, purpose: Buffer): Buffer;
  /** The wrapped key, which the caller must zero; undefined if it was wrapped by another root key or for another purpose. */
  unwrap(wrapped: Buffer, purpose: Buffer): Buffer | undefined;
}

export const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const wrappedBytes = nonceBytes + keyBytes + tagBytes;
const cipherName = "aes-256-gcm";
const cipherOptions = { authTagLength: tagBytes };

/** A root key held in this process. @param bytes 32 bytes, which are zeroed: only the key object keeps them. */
export function localRootKey(bytes: Buffer): RootKey {
  const root = createSecretKey(bytes);
  bytes.fill(0);
  return {
    wrap(key, purpose) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(cipherName, root, nonce, cipherOptions);
      cipher.setAAD(purpose);
      return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    },
    unwrap(wrapped, purpose) {
      if (wrapped.length !== wrappedBytes) return undefined;
      const nonce = wrapped.subarray(0, nonceBytes);
      const decipher = createDecipheriv(cipherName, root, nonce, cipherOptions);
      decipher.setAAD(purpose);
      decipher.setAuthTag(wrapped.subarray(nonceBytes + keyBytes));
      const key = decipher.update(wrapped.subarray(nonceBytes, nonceBytes + keyBytes));
      try {
        decipher.final();
      } catch {
        key.fill(0);
        return undefined;
      }
      return key;
    },
  };
}
