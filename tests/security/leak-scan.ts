/**
 * Looks for secrets in bytes, in every form in which software tends to write text down. A number counts as found when
 * twelve of its digits in a row are there: the first six and the last four may be shown, the middle never.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export interface Needle {
  readonly secret: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** @param secret a card number, or any other text that must not be found whole. */
export function needlesOf(secret: string): Needle[] {
  const isNumber = /^\d{14,}$/.test(secret);
  const parts = isNumber ? [secret.slice(0, 12), secret.slice(-12)] : [secret];
  return parts.flatMap((part) =>
    formsOf(part, isNumber).map(([form, bytes]) => ({ bytes, form, secret })),
  );
}

function formsOf(text: string, isNumber: boolean): (readonly [string, Buffer])[] {
  const ascii = Buffer.from(text, "latin1");
  const hex = ascii.toString("hex");
  const forms: (readonly [string, Buffer])[] = [
    ["ascii", ascii],
    ["utf16le", Buffer.from(text, "utf16le")],
    ["utf16be", Buffer.from(text, "utf16le").swap16()],
    ["hex", Buffer.from(hex)],
    ["HEX", Buffer.from(hex.toUpperCase())],
    ["url-encoded", Buffer.from(hex.replaceAll(/../g, "%$&"))],
    ["URL-encoded", Buffer.from(hex.toUpperCase().replaceAll(/../g, "%$&"))],
    ["reversed", Buffer.from(ascii).reverse()],
    ["JSON bytes", Buffer.from([...ascii].join(","))],
    ...[0, 1, 2].map((offset) => [`base64 at ${offset}`, base64Of(ascii, offset)] as const),
  ];
  if (!isNumber) return forms;
  const groups = text.match(/\d{4}/g) ?? [];
  return [
    ...forms,
    ["groups by spaces", Buffer.from(groups.join(" "))],
    ["groups by dashes", Buffer.from(groups.join("-"))],
    ["groups by plus signs", Buffer.from(groups.join("+"))],
    ["packed digits", Buffer.from(text, "hex")],
    ["little-endian integer", integerOf(text)],
  ];
}

/** The characters of base64 that depend on this text alone, when `offset` bytes stand before it. */
function base64Of(text: Buffer, offset: number): Buffer {
  const padded = Buffer.concat([Buffer.alloc(offset), text])
    .toString("base64")
    .replaceAll("=", "");
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor(((offset + text.length) * 8) / 6);
  return Buffer.from(padded.slice(from, to));
}

function integerOf(digits: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(digits));
  return bytes;
}

export interface Haystack {
  readonly name: string;
  readonly bytes: Buffer;
}

/** @returns one line for each needle that was found; it names the place and the form, never the secret. */
export function findLeaks(haystacks: readonly Haystack[], needles: readonly Needle[]): string[] {
  return haystacks.flatMap(({ bytes, name }) =>
    needles
      .filter((needle) => bytes.includes(needle.bytes))
      .map(({ form, secret }) => `${name} holds ${secret.slice(0, 6)}… as ${form}`),
  );
}

/** Every file below a directory. */
export function filesIn(directory: string): Haystack[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ bytes: readFileSync(path), name: path.slice(directory.length) }));
}

/** A random card number that the simulator approves: a test range, a fresh account number, a valid check digit. */
export function freshNumber(): string {
  const random = String(Math.floor(Math.random() * 1e8)).padStart(8, "0");
  const digits = `400000${1 + Math.floor(Math.random() * 9)}${random}`;
  return digits + checkDigit(digits);
}

/** The same, with a wrong check digit. */
export function wrongNumber(): string {
  const number = freshNumber();
  return number.slice(0, -1) + ((Number(number.at(-1)) + 1) % 10);
}

function checkDigit(digits: string): string {
  let sum = 0;
  for (const [index, digit] of [...digits].toReversed().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return String((10 - (sum % 10)) % 10);
}
