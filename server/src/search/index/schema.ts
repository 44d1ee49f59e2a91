/**
 * The tables of the search index, filled by a job and never by a request. All of them can be thrown away: they are
 * made anew from the rows themselves.
 */
import * as column from "../../store/table.ts";

/** Which rows have a term, newest first: the key is all there is. */
export const searchTerms = column.defineTable(
  "search_terms",
  {
    account_id: column.text,
    livemode: column.boolean,
    term: column.integer,
    created: column.integer,
    position: column.integer,
  },
  { key: ["account_id", "livemode", "term", "created", "position"] },
);

/** What of a row stands in the index, so that it can be taken out again. */
export const searchDocuments = column.defineTable(
  "search_documents",
  {
    account_id: column.text,
    kind: column.text,
    id: column.text,
    livemode: column.boolean,
    created: column.integer,
    position: column.integer,
    /** The version of the row that was indexed; 0 for rows that never change. */
    object_version: column.integer,
    /** The edition of the fields that it was indexed by. */
    edition: column.integer,
    terms: column.json<readonly number[]>(),
    version: column.integer,
  },
  { key: ["account_id", "kind", "id"] },
);
export type SearchDocument = column.Row<typeof searchDocuments>;

/** How far each reader of rows or events has come. */
export const searchProgress = column.defineTable(
  "search_progress",
  {
    account_id: column.text,
    livemode: column.boolean,
    reader: column.text,
    created: column.integer,
    position: column.integer,
    is_complete: column.boolean,
    version: column.integer,
  },
  { key: ["account_id", "livemode", "reader"] },
);
export type SearchProgress = column.Row<typeof searchProgress>;
