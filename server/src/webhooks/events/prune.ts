/**
 * Retention of events: 30 days, as Stripe keeps them. By then no webhook waits to be sent: that takes days at most, and
 * both are counted by the machine's clock, which a moved business clock does not hurry. An event that the search index
 * has not read yet stays until it has.
 */
import type { Platform, Scope } from "../../context.ts";
import { defineQuery } from "../../store/query.ts";
import { events } from "./schema.ts";

const keptDays = 30;
/** At most this many events a commit, so that no request waits long for the writer. */
const pruneSize = 200;
const dayUs = 86_400e6;

/**
 * Forgets the oldest events that are older than their days.
 *
 * @param readUntil Unix seconds of the business clock: what was created then or later is not forgotten.
 * @returns whether there may be more.
 */
export function pruneEvents(
  { clock, database }: Pick<Platform, "clock" | "database">,
  { accountId, livemode }: Scope,
  readUntil: number,
): Promise<boolean> {
  const storedBefore = clock.system() * 1000 - keptDays * dayUs;
  return database.transact(async (tx) => {
    const asked = { accountId, limit: pruneSize, livemode, readUntil };
    const oldest = await tx.select(oldestEvents, asked);
    // A position is the time of storing in microseconds.
    const old = oldest.filter(({ position }) => position < storedBefore);
    if (old.length === 0) return false;
    const ids = JSON.stringify(old.map(({ id }) => id));
    await tx.execute(forgetEvents, { accountId, ids });
    return old.length === pruneSize;
  });
}

interface Oldest extends Scope {
  readonly readUntil: number;
  readonly limit: number;
}

const oldestEvents = defineQuery<Oldest, { readonly id: string; readonly position: number }>(
  [events],
  (param) => `select id, position from events
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and created < ${param("readUntil")}
    order by created, position limit ${param("limit")} + 0`,
);

const forgetEvents = defineQuery<{ readonly accountId: string; readonly ids: string }, never>(
  [events],
  (param, dialect) => {
    const account = `account_id = ${param("accountId")}`;
    const listed =
      dialect === "sqlite"
        ? `in (select value from json_each(${param("ids")}))`
        : `= any (array(select jsonb_array_elements_text(cast(${param("ids")} as jsonb))))`;
    return `delete from events where ${account} and id ${listed}`;
  },
);
