-- Webhooks: who is told (endpoints, and listeners that fetch what they are told), what is to be told to whom, and every
-- attempt at it.

create table webhook_endpoints (
  account_id text not null,
  id text not null,
  livemode boolean not null,
  created bigint not null,
  position bigint not null,
  version bigint not null,
  deleted boolean not null,
  kind text not null,
  url text not null,
  description text,
  enabled_events text not null,
  api_version text,
  status text not null,
  metadata text not null,
  secret bytea not null,
  previous_secret bytea,
  previous_secret_expires_ms bigint,
  ordered boolean not null,
  standard_webhooks boolean not null,
  faults text,
  failing_since_ms bigint,
  disabled_reason text,
  expires_ms bigint,
  primary key (account_id, id)
);
create index webhook_endpoints_by_creation on webhook_endpoints (account_id, livemode, created, position);

create table webhook_deliveries (
  account_id text not null,
  id text not null,
  livemode boolean not null,
  created bigint not null,
  position bigint not null,
  version bigint not null,
  endpoint text not null,
  event text not null,
  event_type text not null,
  object_id text not null,
  sibling_count bigint not null,
  status text not null,
  attempt_count bigint not null,
  made_ms bigint not null,
  due_ms bigint,
  lease_owner text,
  lease_until_ms bigint,
  ordered_by text,
  faults text,
  failure text,
  primary key (account_id, id)
);
create index webhook_deliveries_by_creation on webhook_deliveries (account_id, livemode, created, position);
create index webhook_deliveries_of_endpoint on webhook_deliveries (account_id, livemode, endpoint, created, position);
create index webhook_deliveries_of_event on webhook_deliveries (account_id, event);
-- What waits to be sent, by endpoint, so that an endpoint that answers nothing holds up nobody else.
create index webhook_deliveries_due on webhook_deliveries (account_id, endpoint, due_ms, position) where due_ms is not null;
-- For endpoints that are told of each object in order: what of an object waits still.
create index webhook_deliveries_in_order on webhook_deliveries (account_id, endpoint, ordered_by, position) where due_ms is not null and ordered_by is not null;

create table webhook_attempts (
  account_id text not null,
  delivery text not null,
  number bigint not null,
  livemode boolean not null,
  started_ms bigint not null,
  duration_ms bigint not null,
  succeeded boolean not null,
  stage text not null,
  reason text,
  message text,
  status bigint,
  url text not null,
  request_headers text not null,
  pending_webhooks bigint not null,
  response_headers text,
  response_body text,
  faults text,
  primary key (account_id, delivery, number)
)
-- sqlite:
without rowid
-- both:
;
