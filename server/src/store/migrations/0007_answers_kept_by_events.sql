-- An answer whose values an event of the same request holds is kept by naming the event.
alter table idempotency_keys add column event text;
