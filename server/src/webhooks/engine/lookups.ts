/**
 * What attempts have to ask the database: the event's text, and how many endpoints still wait for it. Attempts that
 * begin together ask together, one statement for all of an account, because on PostgreSQL a question costs more than
 * the sending.
 */
import type { Database } from "../../store/database.ts";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { type WebhookDeliveryRow, webhookDeliveries } from "../deliveries/schema.ts";
import { type EventRow, events } from "../events/schema.ts";
import { inList } from "./claim.ts";
import { createEventTexts, type EventText, eventTextOf } from "./message.ts";

type About = Pick<WebhookDeliveryRow, "account_id" | "event">;

export interface Lookups {
  /** Undefined where the event is forgotten. */
  textOf(about: About): Promise<EventText | undefined> | EventText | undefined;
  /** How many endpoints have not taken the event yet. */
  pendingOf(about: About): Promise<number>;
}

/** @param serialize writes an event as JSON, as if no endpoint waited for it. */
export function createLookups(
  { committed }: Pick<Database, "committed">,
  serialize: (event: EventRow) => string,
): Lookups {
  const texts = createEventTexts();
  const askText = askedTogether(async (accountId, ids) => {
    const rows = await committed.select(eventsById, { accountId, ids });
    return new Map(
      rows.map((row) => [
        row.id,
        () => {
          const text = texts.find(row.id) ?? eventTextOf(row, serialize);
          texts.keep(row.id, text);
          return text;
        },
      ]),
    );
  });
  const askPending = askedTogether(async (accountId, ids) => {
    const rows = await committed.select(pendingByEvent, { accountId, ids });
    return new Map(rows.map(({ event, total }) => [event, () => Number(total)]));
  });
  return {
    pendingOf: async (about) => (await askPending(about)) ?? 0,
    textOf: (about) => texts.find(about.event) ?? askText(about),
  };
}

/** Events that one statement asks for at most. */
const askedMax = 256;

interface Question<T> {
  readonly resolve: (answer: T | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects what is asked in one turn of the event loop.
 *
 * @param ask is given a JSON array of the events' ids. An answer that cannot be made fails whoever asked for it alone.
 */
function askedTogether<T>(
  ask: (accountId: string, ids: string) => Promise<ReadonlyMap<string, () => T>>,
): (about: About) => Promise<T | undefined> {
  /** By account, then by event. */
  let open = new Map<string, Map<string, Question<T>[]>>();

  const answer = async (
    accountId: string,
    asked: readonly (readonly [string, readonly Question<T>[]])[],
  ): Promise<void> => {
    try {
      const found = await ask(accountId, JSON.stringify(asked.map(([id]) => id)));
      for (const [id, questions] of asked)
        for (const question of questions) answerOne(question, found.get(id));
    } catch (error) {
      for (const [, questions] of asked) for (const { reject } of questions) reject(error);
    }
  };
  const answerAll = (): void => {
    const asked = open;
    open = new Map();
    for (const [accountId, byEvent] of asked) {
      const all = [...byEvent];
      for (let at = 0; at < all.length; at += askedMax)
        void answer(accountId, all.slice(at, at + askedMax));
    }
  };
  return ({ account_id: accountId, event }) =>
    new Promise((resolve, reject) => {
      if (open.size === 0) setImmediate(answerAll);
      const byEvent = open.get(accountId) ?? new Map<string, Question<T>[]>();
      open.set(accountId, byEvent);
      const questions = byEvent.get(event);
      if (questions === undefined) byEvent.set(event, [{ reject, resolve }]);
      else questions.push({ reject, resolve });
    });
}

function answerOne<T>({ reject, resolve }: Question<T>, make: (() => T) | undefined): void {
  try {
    resolve(make?.());
  } catch (error) {
    reject(error);
  }
}

type Asked = { readonly accountId: string; readonly ids: string };

const eventsById = defineQuery<Asked, EventRow>(
  [events],
  (param, dialect) => `select ${columnsOf(events)} from events
    where account_id = ${param("accountId")} and id ${inList(param("ids"), dialect)}`,
);

const pendingByEvent = defineQuery<Asked, { readonly event: string; readonly total: number }>(
  [webhookDeliveries],
  (param, dialect) => `select event, count(*) as total from webhook_deliveries
    where account_id = ${param("accountId")} and event ${inList(param("ids"), dialect)}
      and status = 'pending'
    group by event`,
);
