/**
 * From the rows of the inbox's table to what the receiver is given, the same for both databases: their statements name the
 * columns alike.
 */
import type { DeadLetter, LeasedEvent } from "./inbox.ts";

export type Row = Readonly<Record<string, unknown>>;

export const leasedEvent = (row: Row): LeasedEvent => ({
  attempt: Number(row["attempts"]),
  body: String(row["body"]),
  eventId: String(row["event_id"]),
  eventType: String(row["event_type"]),
  fence: Number(row["fence"]),
});

/** Its times stand in epoch milliseconds. */
export const deadLetter = (row: Row): DeadLetter => ({
  attempts: Number(row["attempts"]),
  body: String(row["body"]),
  diedAt: new Date(Number(row["died_at_ms"])),
  error: String(row["last_error"]),
  eventId: String(row["event_id"]),
  eventType: String(row["event_type"]),
  objectKey: String(row["object_key"]),
  receivedAt: new Date(Number(row["received_at_ms"])),
});
