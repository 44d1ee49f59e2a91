/**
 * Keyed hashes of the whole card number: the fingerprint that Stripe's API shows, and the digest that stands for the
 * number when a repeated request is compared with the first. Each has a key of its own, so neither tells of the other;
 * the raw HMAC never leaves the vault (PCI DSS 3.5.1.1).
 */
import { createHmac, type KeyObject } from "node:crypto";

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const fingerprintChunks = 4;
const chunkBytes = 6;
const chunkCharacters = 4;
const digestBytes = 16;

function hmac(key: KeyObject, label: string, number: Buffer): Buffer {
  return createHmac("sha256", key).update(label, "latin1").update(number).digest();
}

/** 16 base62 characters. Each four come from 48 bits, so no character is likelier than another by more than 2^-24. */
export function fingerprintOf(number: Buffer, key: KeyObject): string {
  const hash = hmac(key, "fingerprint|", number);
  let text = "";
  for (let chunk = 0; chunk < fingerprintChunks; chunk++) {
    let value = hash.readUIntBE(chunk * chunkBytes, chunkBytes);
    for (let count = 0; count < chunkCharacters; count++) {
      text += base62[value % 62];
      value = Math.floor(value / 62);
    }
  }
  return text;
}

/** 22 base64url characters (128 bits). The CVC is no part of it: a stored digest must not tell of a CVC. */
export function digestOf(number: Buffer, key: KeyObject, livemode: boolean): string {
  const hash = hmac(key, livemode ? "digest|live|" : "digest|test|", number);
  return hash.toString("base64url", 0, digestBytes);
}
