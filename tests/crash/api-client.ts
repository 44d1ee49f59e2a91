/**
 * A caller of the API as a careful merchant writes it: it retries under the same idempotency key until it has a final
 * answer, and reads lists to their end. Both are bounded.
 */
import { type Answer, type Sent, send, type Wire } from "../support/http.ts";
import { pause } from "./process.ts";

/** A POST under an idempotency key. */
export interface Keyed {
  readonly path: string;
  readonly form: Readonly<Record<string, string | number>>;
  readonly idempotencyKey: string;
}

/** Who asks, and where: asked each time, since a server that was killed comes back elsewhere. */
export interface Caller {
  url(): string;
  readonly secretKey: string;
}

export const post = (caller: Caller, keyed: Keyed): Promise<Answer> =>
  send(caller.url(), {
    form: keyed.form,
    headers: { "idempotency-key": keyed.idempotencyKey },
    key: caller.secretKey,
    path: keyed.path,
  });

export const get = (caller: Caller, path: Sent["path"]): Promise<Answer> =>
  send(caller.url(), { key: caller.secretKey, path });

/** Whether an answer is final for its key; after any other the same key is tried again. */
export const isFinal = ({ status }: Answer): boolean =>
  status < 500 && status !== 409 && status !== 429;

const retryPauseMs = 10;

/** @throws Error with the last answer when none is final within the bound. */
export async function postUntilAnswered(
  caller: Caller,
  keyed: Keyed,
  boundMs = 60_000,
): Promise<Answer> {
  const end = performance.now() + boundMs;
  let last = "no answer";
  while (performance.now() < end) {
    try {
      const answer = await post(caller, keyed);
      if (isFinal(answer)) return answer;
      last = `${answer.status} ${answer.text}`;
    } catch (error) {
      last = String(error);
    }
    await pause(retryPauseMs);
  }
  throw new Error(`${keyed.path} had no final answer in ${boundMs} ms; the last was ${last}`);
}

const pageSize = 100;
const pageCountMax = 10_000;

/** Every object of a list, newest first. */
export async function listAll(caller: Caller, path: string): Promise<Wire[]> {
  const all: Wire[] = [];
  const joint = path.includes("?") ? "&" : "?";
  for (let page = 0; page < pageCountMax; page++) {
    const last = all.at(-1);
    const cursor = last === undefined ? "" : `&starting_after=${last.id}`;
    const { body, status, text } = await get(caller, `${path}${joint}limit=${pageSize}${cursor}`);
    if (status !== 200) throw new Error(`${path} answered ${status} ${text}`);
    all.push(...body.data);
    if (!body.has_more) return all;
  }
  throw new Error(`${path} has no end`);
}
