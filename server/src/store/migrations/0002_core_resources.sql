-- The core resources: customers and their cards, refunds, what charges keep for them, account settings, restricted keys.
-- Indexes of filters are partial where most rows have nothing to filter by, so that a plain charge pays for none.

alter table accounts add column country text not null default 'US';
alter table accounts add column default_currency text not null default 'usd';
alter table accounts add column email text;
alter table accounts add column business_name text;
alter table accounts add column statement_descriptor text;

alter table api_keys add column permissions text;
alter table api_keys add column name text;

create table customers (
  account_id text not null,
  id text not null,
  livemode boolean not null,
  created bigint not null,
  position bigint not null,
  version bigint not null,
  deleted boolean not null,
  name text,
  email text,
  phone text,
  description text,
  business_name text,
  individual_name text,
  address text,
  shipping text,
  preferred_locales text not null,
  tax_exempt text not null,
  balance bigint not null,
  invoice_prefix text not null,
  next_invoice_sequence bigint not null,
  invoice_settings text not null,
  default_source text,
  metadata text not null,
  primary key (account_id, id)
);
create index customers_by_creation on customers (account_id, livemode, created, position);
create index customers_by_email on customers (account_id, livemode, email, created, position) where email is not null;
create unique index customers_by_invoice_prefix on customers (account_id, livemode, invoice_prefix);

-- The cards of customers. A deleted one keeps its row, which charges name, and loses its sealed card.
create table cards (
  account_id text not null,
  id text not null,
  livemode boolean not null,
  created bigint not null,
  position bigint not null,
  version bigint not null,
  deleted boolean not null,
  customer text not null,
  brand text not null,
  network text not null,
  last4 text not null,
  exp_month bigint not null,
  exp_year bigint not null,
  fingerprint text not null,
  funding text not null,
  country text,
  cvc_check text,
  address_line1_check text,
  address_zip_check text,
  name text,
  address text,
  metadata text not null,
  sealed bytea,
  primary key (account_id, id)
);
create index cards_of_customer on cards (account_id, livemode, customer, created, position);

create table refunds (
  account_id text not null,
  id text not null,
  livemode boolean not null,
  created bigint not null,
  position bigint not null,
  version bigint not null,
  amount bigint not null,
  currency text not null,
  charge text not null,
  payment_intent text,
  customer text,
  payment_method text,
  status text not null,
  reason text,
  balance_transaction text,
  failure_balance_transaction text,
  failure_reason text,
  pending_reason text,
  reference text,
  later text,
  due bigint,
  metadata text not null,
  primary key (account_id, id),
  check (amount > 0)
);
create index refunds_by_creation on refunds (account_id, livemode, created, position);
create index refunds_of_charge on refunds (account_id, livemode, charge, created, position);
create index refunds_of_payment_intent on refunds (account_id, livemode, payment_intent, created, position) where payment_intent is not null;
-- What happens to a refund later, by itself.
create index refunds_due on refunds (account_id, livemode, due) where due is not null;

alter table charges add column behaviour text;
alter table charges add column capture_before bigint;
alter table charges add column user_report text;
alter table charges add column source_card text;
alter table charges add column receipt text;
create index charges_of_customer on charges (account_id, livemode, customer, created, position) where customer is not null;
create index charges_of_payment_intent on charges (account_id, livemode, payment_intent, created, position) where payment_intent is not null;
create index charges_of_transfer_group on charges (account_id, livemode, transfer_group, created, position) where transfer_group is not null;
-- Held money that is released when nobody captures it in time.
create index charges_uncaptured on charges (account_id, livemode, capture_before) where capture_before is not null;
