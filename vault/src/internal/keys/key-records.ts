/**
 * The written form of the key store: which wrapped keys there are, of which account, purpose and version. Reading is
 * strict: a record that is not exactly of this shape makes the whole file damaged, because a key that was skipped is a
 * set of cards that never opens again.
 */

export type KeyPurpose = "seal" | "fingerprint_test" | "fingerprint_live" | "digest" | "secret";

export type KeyRecord = {
  readonly id: string;
  readonly account: string;
  readonly purpose: KeyPurpose;
  readonly version: number;
  /** Base64 of nonce, wrapped key and tag. */
  readonly wrapped: string;
  /** Seals this key may have made; always at least as many as it has. 0 for keys that do not seal. */
  sealsReserved: number;
};

export type KeyRecords = {
  /** A wrapped constant that only the right root key opens. */
  readonly rootCheck: string;
  readonly keys: KeyRecord[];
};

const format = 1;
const purposes: readonly string[] = [
  "seal",
  "fingerprint_test",
  "fingerprint_live",
  "digest",
  "secret",
];

/** The purpose that a wrapped key is bound to. Lengths precede the strings, so no two records give the same bytes. */
export function purposeBytes(record: Omit<KeyRecord, "wrapped" | "sealsReserved">): Buffer {
  const fields = ["istripe key 1", record.id, record.account, record.purpose, `${record.version}`];
  return Buffer.from(fields.map((field) => `${Buffer.byteLength(field)}:${field}`).join("|"));
}

/** What the constant of `rootCheck` is bound to. */
export const rootCheckPurpose = Buffer.from("istripe root check 1");

export function writeRecords(records: KeyRecords): string {
  const keys = records.keys.map((key) => `    ${JSON.stringify(key)}`).join(",\n");
  const list = keys === "" ? "[]" : `[\n${keys}\n  ]`;
  return `{\n  "format": ${format},\n  "rootCheck": ${JSON.stringify(records.rootCheck)},\n  "keys": ${list}\n}\n`;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is KeyRecord {
  if (typeof value !== "object" || value === null) return false;
  const { id, account, purpose, version, wrapped, sealsReserved } = value as Partial<KeyRecord>;
  return (
    typeof id === "string" &&
    typeof account === "string" &&
    typeof purpose === "string" &&
    purposes.includes(purpose) &&
    typeof wrapped === "string" &&
    isCount(version) &&
    isCount(sealsReserved)
  );
}

/** Reads the written form; undefined if it is damaged in any way. */
export function readRecords(text: string): KeyRecords | undefined {
  let parsed: { format?: unknown; rootCheck?: unknown; keys?: unknown } | null;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || parsed.format !== format) return undefined;
  const { rootCheck, keys } = parsed;
  if (typeof rootCheck !== "string" || !Array.isArray(keys) || !keys.every(isRecord))
    return undefined;
  const names = new Set(keys.map((key) => `${key.purpose} ${key.version} ${key.account}`));
  return names.size === keys.length ? { rootCheck, keys } : undefined;
}
