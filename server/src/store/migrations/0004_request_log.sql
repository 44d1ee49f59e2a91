-- The request log: what was asked and answered, kept for some days. No index but its order and that of the errors among
-- it: each further one would cost every record, and filters look at a bounded number of records instead.

create table request_logs (
  account_id text not null,
  id text not null,
  livemode boolean not null,
  created bigint not null,
  position bigint not null,
  method text not null,
  path text not null,
  status bigint not null,
  duration_us bigint not null,
  api_key text not null,
  client_ip text,
  idempotency_key text,
  api_version text,
  user_agent text,
  error_type text,
  error_code text,
  error_message text,
  parameters text,
  answer text,
  primary key (account_id, id)
);
create index request_logs_by_creation on request_logs (account_id, livemode, created, position);
create index request_logs_of_errors on request_logs (account_id, livemode, created, position) where status >= 400;
