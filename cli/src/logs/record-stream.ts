/**
 * Follows the request log. Records are written a little after their requests, and not strictly in the order of their
 * seconds, so each look goes back over the last few and leaves out what was seen: none twice, none missed.
 */
import { callQuietly, objectsIn, textIn, type WireObject } from "../api/api.ts";
import type { Form } from "../api/http-request.ts";
import type { Given } from "../line/command.ts";

const path = "/v1/istripe/request_logs";
const pageSize = 100;
/** Pages of one look: 10,000 records, far above the 200 a second that the log keeps. */
const pagesMax = 100;
/** Longer than any record is written late. */
const overlapSeconds = 10;

export interface RecordStream {
  /** What is new, the oldest first. @throws CommandFailure, after which it may be asked again. */
  next(): Promise<readonly WireObject[]>;
}

/** @param begin how many records from before the first look shows. */
export function followRecords(given: Given, filters: Form, begin: number): RecordStream {
  /** The second of each record that a look may find again, by id. */
  const seen = new Map<string, number>();
  let newest = 0;
  let isFirst = true;
  const unseen = (records: readonly WireObject[]): readonly WireObject[] => {
    const fresh = records.filter((record) => !seen.has(idOf(record)));
    for (const record of fresh) seen.set(idOf(record), createdOf(record));
    newest = fresh.reduce((latest, record) => Math.max(latest, createdOf(record)), newest);
    for (const [id, created] of seen) if (created < newest - overlapSeconds) seen.delete(id);
    return fresh;
  };
  const recent = (): Promise<readonly WireObject[]> => {
    const since = String(Math.max(0, newest - overlapSeconds));
    return readRecords(given, [...filters, ["created[gte]", since]], pageSize * pagesMax);
  };
  return {
    next: async () => {
      const before = isFirst ? await readRecords(given, filters, pageSize) : [];
      newest = before.reduce((latest, record) => Math.max(latest, createdOf(record)), newest);
      const found = await recent();
      // What the overlap reaches is never shown later, however little of it is shown now.
      const fresh = [...unseen(found), ...unseen(before)];
      const shown = isFirst ? fresh.slice(0, begin) : fresh;
      isFirst = false;
      return shown.toReversed();
    },
  };
}

async function readRecords(
  given: Given,
  filters: Form,
  limit: number,
): Promise<readonly WireObject[]> {
  const records: WireObject[] = [];
  while (records.length < limit) {
    const last = records.at(-1);
    const form: Form = [
      ...filters,
      ["limit", String(pageSize)],
      ...(last === undefined ? [] : ([["starting_after", idOf(last)]] as const)),
    ];
    const list = await callQuietly(given, { form, method: "GET", path });
    const found = objectsIn(list, "data");
    records.push(...found);
    if (list["has_more"] !== true || found.length === 0) break;
  }
  return records;
}

const idOf = (record: WireObject): string => textIn(record, "id") ?? "";

const createdOf = ({ created }: WireObject): number => (typeof created === "number" ? created : 0);
