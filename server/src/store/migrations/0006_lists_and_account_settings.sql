-- Filters of lists that would read the whole list for a rare value or an absent one, the settings of an account, and
-- what happens to balances and cards on the business clock.

-- Nearly every balance transaction is a charge's, so the index is over the others, and a charge pays nothing for it.
create index balance_transactions_of_type on balance_transactions (account_id, livemode, type, created, position) where type <> 'charge';
create index balance_transactions_of_currency on balance_transactions (account_id, livemode, currency, created, position);
-- The event of a plain charge likewise.
create index events_of_type on events (account_id, livemode, type, created, position) where type <> 'charge.succeeded';

alter table accounts add column decline_on_avs_failure boolean not null default false;
alter table accounts add column decline_on_cvc_failure boolean not null default true;
-- The account's own descriptor as of the charge; null where it had none.
alter table charges add column account_descriptor text;

-- The balance whenever money became available, of which the account is told.
create table balance_changes (
  account_id text not null,
  id text not null,
  livemode boolean not null,
  created bigint not null,
  position bigint not null,
  available text not null,
  pending text not null,
  primary key (account_id, id)
);
create index balance_changes_by_creation on balance_changes (account_id, livemode, created, position);

-- Whether the account was told that the card is in its last month.
alter table cards add column expiry_told boolean not null default false;
create index cards_by_expiry on cards (account_id, livemode, exp_year, exp_month) where deleted = false and expiry_told = false;
