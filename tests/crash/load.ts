/**
 * Clients that make tokens, charge or hold their cards, capture what they hold and refund what they took, each request
 * under a key of its own, and remember every answer they were given. They go on while servers die beneath them;
 * sometimes one sends a request twice at the same time, as a user who clicks twice does.
 */
import { type Answer, cardForm, type Wire } from "../support/http.ts";
import { type Caller, isFinal, type Keyed, post, postUntilAnswered } from "./api-client.ts";
import { pause } from "./process.ts";
import { createRandom, type Random } from "./random.ts";

/** A request and the final answer that its client was given. */
export interface Acknowledged {
  readonly keyed: Keyed;
  readonly answer: Answer;
}

export interface Load {
  readonly acknowledged: readonly Acknowledged[];
  /** Answers that contradict an earlier one to the same key. Must stay empty. */
  readonly contradictions: readonly string[];
  /** Resolves when every request that was begun has its final answer. @throws Error when one never gets it. */
  end(): Promise<void>;
}

export interface LoadOptions {
  readonly caller: Caller;
  readonly seed: number;
  readonly clientCount: number;
  /** What a client rests between two requests. */
  readonly pauseMs: number;
}

/** Half are cards that are charged, half end in a decline; raw numbers and Stripe's named tokens. */
const numbers = [
  "4242424242424242",
  "5555555555554444",
  "4000000000000077",
  "4000000000000002",
  "4000000000009995",
] as const;
const namedTokens = ["tok_visa", "tok_mastercard", "tok_chargeDeclined"] as const;
const currencies = ["usd", "eur", "jpy"] as const;

/** A request may meet many kills, each of which takes a start that a busy machine draws out. */
const answeredWithinMs = 300_000;
const namedShare = 0.2;
const twiceShare = 0.1;
const holdShare = 0.5;
const refundShare = 0.5;

/** What a client does with a charge that went through. */
interface FollowUp {
  readonly name: string;
  readonly path: string;
  readonly form: Keyed["form"];
}

/** A hold is captured wholly or in part, let go of, or left; what was captured is kept, or refunded at once or in two. */
function followUps(charge: Wire, isHold: boolean, random: Random): FollowUp[] {
  const { amount, id } = charge;
  const captured = isHold ? random.choose([amount, amount, Math.floor(amount / 2), 0]) : amount;
  const isRefunded = random.next() < refundShare;
  const refund = (name: string, form: Keyed["form"]): FollowUp[] =>
    isRefunded ? [{ form: { charge: id, ...form }, name, path: "/v1/refunds" }] : [];
  if (captured === 0) return refund("refund", {});
  const isWhole = random.next() < 0.5;
  return [
    ...(isHold
      ? [{ form: { amount: captured }, name: "capture", path: `/v1/charges/${id}/capture` }]
      : []),
    ...(isWhole ? [] : refund("part", { amount: Math.floor(captured / 3) })),
    // Without an amount it is all that is left.
    ...refund("refund", {}),
  ];
}

export function startLoad(options: LoadOptions): Load {
  const acknowledged: Acknowledged[] = [];
  const contradictions: string[] = [];
  let isEnding = false;
  let chargeCount = 0;

  const ask = async (keyed: Keyed, random: Random): Promise<Answer> => {
    const { caller } = options;
    // The second click is sent along and never repeated: whatever it hears must fit what the first one hears.
    const second =
      random.next() < twiceShare ? post(caller, keyed).catch(() => undefined) : undefined;
    const answer = await postUntilAnswered(caller, keyed, answeredWithinMs);
    const other = await second;
    if (other !== undefined && isFinal(other) && other.text !== answer.text) {
      contradictions.push(`${keyed.idempotencyKey}: ${answer.text} and ${other.text}`);
    }
    acknowledged.push({ answer, keyed });
    return answer;
  };
  const source = async (name: string, random: Random): Promise<string> => {
    if (random.next() < namedShare) return random.choose(namedTokens);
    const form = cardForm(random.choose(numbers));
    const answer = await ask({ form, idempotencyKey: `${name}-token`, path: "/v1/tokens" }, random);
    return answer.body.id;
  };
  const client = async (index: number): Promise<void> => {
    const random = createRandom(options.seed + index);
    for (let turn = 0; !isEnding; turn++) {
      const name = `client-${index}-turn-${turn}`;
      const token = await source(name, random);
      chargeCount += 1;
      const currency = random.choose(currencies);
      const isHold = random.next() < holdShare;
      const terms = { amount: 1000 + chargeCount, currency, source: token };
      const form = isHold ? { ...terms, capture: "false" } : terms;
      const keyed = { form, idempotencyKey: `${name}-charge`, path: "/v1/charges" };
      const { body, status } = await ask(keyed, random);
      await pause(options.pauseMs);
      for (const { form, name: what, path } of status === 200
        ? followUps(body, isHold, random)
        : []) {
        await ask({ form, idempotencyKey: `${name}-${what}`, path }, random);
        await pause(options.pauseMs);
      }
    }
  };
  const clients = Promise.all(Array.from({ length: options.clientCount }, (_, i) => client(i)));
  // A client that fails while servers are still killed is reported by `end`.
  clients.catch(() => undefined);
  return {
    acknowledged,
    contradictions,
    end: async () => {
      isEnding = true;
      await clients;
    },
  };
}
