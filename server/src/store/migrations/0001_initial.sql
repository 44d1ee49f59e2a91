-- The first schema: accounts and keys, tokens, charges, events, the ledger beneath the balance, idempotency keys.
-- Column order is the storage order of event snapshots: later migrations only append. Every key carries account_id.

create table accounts (
  account_id text not null,
  created bigint not null,
  test_clock_offset_ms bigint not null,
  version bigint not null,
  primary key (account_id)
);

create table api_keys (
  account_id text not null,
  id text not null,
  livemode boolean not null,
  kind text not null,
  digest text not null,
  last4 text not null,
  created bigint not null,
  expires_at bigint,
  version bigint not null,
  primary key (account_id, id)
);
create unique index api_keys_by_digest on api_keys (account_id, digest);

create table tokens (
  account_id text not null,
  id text not null,
  livemode boolean not null,
  created bigint not null,
  position bigint not null,
  version bigint not null,
  expires_at bigint not null,
  status text not null,
  client_ip text,
  card_id text not null,
  brand text not null,
  last4 text not null,
  exp_month bigint not null,
  exp_year bigint not null,
  fingerprint text not null,
  funding text not null,
  country text,
  has_cvc boolean not null,
  name text,
  address text,
  metadata text not null,
  sealed bytea,
  primary key (account_id, id)
);
-- The sweep of unused tokens reads this index only: a token leaves it when it is used, deleted or expired.
create index tokens_unused on tokens (account_id, livemode, expires_at) where status = 'unused';

create table charges (
  account_id text not null,
  id text not null,
  livemode boolean not null,
  created bigint not null,
  position bigint not null,
  version bigint not null,
  status text not null,
  amount bigint not null,
  amount_captured bigint not null,
  amount_refunded bigint not null,
  currency text not null,
  captured boolean not null,
  disputed boolean not null,
  balance_transaction text,
  customer text,
  payment_intent text,
  source_token text,
  description text,
  receipt_email text,
  statement_descriptor text,
  statement_descriptor_suffix text,
  transfer_group text,
  failure_code text,
  failure_message text,
  outcome_type text,
  outcome_reason text,
  risk_level text,
  risk_score bigint,
  network_codes text,
  card_id text not null,
  card_brand text not null,
  card_network text not null,
  card_last4 text not null,
  card_exp_month bigint not null,
  card_exp_year bigint not null,
  card_fingerprint text not null,
  card_funding text not null,
  card_country text,
  cvc_check text,
  address_line1_check text,
  address_zip_check text,
  authorization_code text,
  network_transaction_id text,
  cardholder_name text,
  billing_address text,
  shipping text,
  metadata text not null,
  primary key (account_id, id)
);
create index charges_by_creation on charges (account_id, livemode, created, position);
-- What a crash left between asking the processor and storing its answer.
create index charges_pending on charges (account_id, livemode, created) where status = 'pending';

create table balance_transactions (
  account_id text not null,
  id text not null,
  livemode boolean not null,
  created bigint not null,
  position bigint not null,
  type text not null,
  currency text not null,
  amount bigint not null,
  fee bigint not null,
  available_on bigint not null,
  source text not null,
  description text,
  primary key (account_id, id)
);
create index balance_transactions_by_creation on balance_transactions (account_id, livemode, created, position);

-- A journal entry: what one balance transaction does to each ledger account. It balances, or it is not written.
create table ledger_entries (
  account_id text not null,
  transaction_id text not null,
  livemode boolean not null,
  currency text not null,
  available_on bigint not null,
  clearing bigint not null,
  balance bigint not null,
  fees bigint not null,
  checkpoint bigint,
  primary key (account_id, transaction_id),
  check (clearing + balance + fees = 0)
);
-- The entries since the last checkpoint.
create index ledger_entries_open on ledger_entries (account_id, livemode) where checkpoint is null;

-- The proven sums up to a checkpoint, by currency and the day the money becomes available.
create table ledger_totals (
  account_id text not null,
  livemode boolean not null,
  currency text not null,
  available_on bigint not null,
  clearing bigint not null,
  balance bigint not null,
  fees bigint not null,
  checkpoint bigint not null,
  version bigint not null,
  primary key (account_id, livemode, currency, available_on),
  check (clearing + balance + fees = 0)
);

create table events (
  account_id text not null,
  id text not null,
  livemode boolean not null,
  created bigint not null,
  position bigint not null,
  type text not null,
  object_kind text not null,
  object_id text not null,
  snapshot text not null,
  previous text,
  request_id text,
  idempotency_key text,
  primary key (account_id, id)
);
create index events_by_creation on events (account_id, livemode, created, position);

create table idempotency_keys (
  account_id text not null,
  livemode boolean not null,
  key text not null,
  created_ms bigint not null,
  version bigint not null,
  method text not null,
  path text not null,
  digest text not null,
  request_id text not null,
  lease_owner text,
  lease_expires_ms bigint,
  recovery text,
  status bigint,
  snapshot text,
  body text
);
-- SQLite's engine keeps these keys in memory: they are random, and each would be a page of its own to write.
-- postgres:
alter table idempotency_keys add primary key (account_id, livemode, key);
-- both:
create index idempotency_keys_by_age on idempotency_keys (account_id, livemode, created_ms);
