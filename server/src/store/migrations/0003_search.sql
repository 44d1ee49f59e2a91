-- The search index: which rows have a term, what stands in it for each row, and how far the job that fills it has come.
-- A key is all that a row of it holds or nearly so, hence SQLite keeps the rows in the key's tree itself.

create table search_terms (
  account_id text not null,
  livemode boolean not null,
  term bigint not null,
  created bigint not null,
  position bigint not null,
  primary key (account_id, livemode, term, created, position)
)
-- sqlite:
without rowid
-- both:
;

create table search_documents (
  account_id text not null,
  kind text not null,
  id text not null,
  livemode boolean not null,
  created bigint not null,
  position bigint not null,
  object_version bigint not null,
  edition bigint not null,
  terms text not null,
  version bigint not null,
  primary key (account_id, kind, id)
)
-- sqlite:
without rowid
-- both:
;

create table search_progress (
  account_id text not null,
  livemode boolean not null,
  reader text not null,
  created bigint not null,
  position bigint not null,
  is_complete boolean not null,
  version bigint not null,
  primary key (account_id, livemode, reader)
);
