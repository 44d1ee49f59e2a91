/**
 * The tables that the conformance suite works on. They are its own, so that the engines are proved without the domain.
 */
import type { Migration } from "../migrations/migrate.ts";
import { columnsOf, defineQuery } from "../query.ts";
import { boolean, bytes, defineTable, integer, json, nullable, type Row, text } from "../table.ts";

/** One row that many transactions change. */
export const counters = defineTable("counters", {
  account_id: text,
  id: text,
  amount: integer,
  version: integer,
});

/** Rows of a list; each mirrors a change of a counter. */
export const entries = defineTable(
  "entries",
  {
    account_id: text,
    id: text,
    livemode: boolean,
    created: integer,
    position: integer,
    owner: text,
    amount: integer,
  },
  { frequentValues: { owner: ["even"] } },
);

/** Rows with random keys that nobody asks for after a while: the embedded engine keeps the keys in memory. */
export const visits = defineTable(
  "visits",
  { account_id: text, id: text, amount: integer, version: integer },
  { keyLifetimeMs: 60_000 },
);

/** A unique value beside the key. */
export const members = defineTable("members", {
  account_id: text,
  id: text,
  email: text,
  version: integer,
});

/** A column of every kind, with and without null. */
export const samples = defineTable("samples", {
  account_id: text,
  id: text,
  words: text,
  words_or_null: nullable(text),
  number: integer,
  number_or_null: nullable(integer),
  flag: boolean,
  flag_or_null: nullable(boolean),
  document: json<unknown>(),
  document_or_null: nullable(json<unknown>()),
  blob: bytes,
  blob_or_null: nullable(bytes),
  version: integer,
});

export type CounterRow = Row<typeof counters>;
export type EntryRow = Row<typeof entries>;
export type SampleRow = Row<typeof samples>;

export const conformanceTables = [counters, entries, members, samples] as const;

export const conformanceMigrations: readonly Migration[] = [
  {
    name: "0001_conformance.sql",
    number: 1,
    sql: `
      create table counters (
        account_id text not null, id text not null, amount bigint not null, version bigint not null,
        primary key (account_id, id)
      );
      create table entries (
        account_id text not null, id text not null, livemode boolean not null, created bigint not null,
        position bigint not null, owner text not null, amount bigint not null,
        primary key (account_id, id)
      );
      create index entries_by_creation on entries (account_id, livemode, created, position);
      create table members (
        account_id text not null, id text not null, email text not null, version bigint not null,
        primary key (account_id, id)
      );
      create unique index members_by_email on members (account_id, email);
      create table visits (
        account_id text not null, id text not null, amount bigint not null, version bigint not null
      );
-- postgres:
      alter table visits add primary key (account_id, id);
-- both:
      create table samples (
        account_id text not null, id text not null, words text not null, words_or_null text,
        number bigint not null, number_or_null bigint, flag boolean not null, flag_or_null boolean,
        document text not null, document_or_null text, blob bytea not null, blob_or_null bytea,
        version bigint not null,
        primary key (account_id, id)
      );`,
  },
];

export const account = "acct_conformance";

export const counterRow = (id: string, amount = 0): CounterRow => ({
  account_id: account,
  amount,
  id,
  version: 1,
});

export const entryRow = (id: string, about: Partial<EntryRow> = {}): EntryRow => ({
  account_id: account,
  amount: 1,
  created: 1_700_000_000,
  id,
  livemode: false,
  owner: "nobody",
  position: 1,
  ...about,
});

export const key = (id: string) => ({ account_id: account, id });

interface OfOwner {
  readonly accountId: string;
  readonly owner: string;
}

export const entriesOf = defineQuery<OfOwner, EntryRow>(
  [entries],
  (param) => `select ${columnsOf(entries)} from entries
    where account_id = ${param("accountId")} and owner = ${param("owner")} order by position`,
);

/** Sums that no column declares. */
export const totalsOf = defineQuery<OfOwner, { total: number; count: number }>(
  [entries],
  (param) => `select sum(amount) as total, count(*) as count from entries
    where account_id = ${param("accountId")} and owner = ${param("owner")}`,
);

/** A change of a set. */
export const doubleEntriesOf = defineQuery<OfOwner, never>(
  [entries],
  (param) => `update entries set amount = amount * 2
    where account_id = ${param("accountId")} and owner = ${param("owner")}`,
);
