/**
 * Outages on demand: which of the coming requests that move money go wrong, and how. A fault waits for requests that
 * match it and is used up after `count` of them; the first one that matches applies.
 */
import type { ModificationKind } from "./modification-wire.ts";
import { BadRequest, isInteger, isObject, objectOf, require } from "./wire.ts";

/**
 * `error`: answers 503 and does nothing. `drop_before`: does nothing and cuts the connection. `drop_after`: does the
 * work, then cuts the connection. `delay`: does the work and answers late.
 */
const faultActions = ["error", "drop_before", "drop_after", "delay"] as const;
export type FaultAction = (typeof faultActions)[number];

const faultOperations = ["authorization", "capture", "release", "refund"] as const;
type FaultOperation = "authorization" | ModificationKind;

/** The parts of a request that a fault may be meant for. */
interface Target {
  readonly reference: string;
  readonly amount?: number;
  readonly card?: { readonly number: string };
}

export interface Fault {
  readonly action: FaultAction;
  /** Only requests that equal all of these; empty matches all. */
  readonly match: {
    readonly operation?: FaultOperation;
    readonly reference?: string;
    readonly amount?: number;
    readonly last4?: string;
  };
  /** How many requests it hits. */
  readonly count: number;
  /** For `delay`. */
  readonly delayMs: number;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** The fault that hits this request, counted down. */
  take(operation: FaultOperation, request: Target): Fault | undefined;
}

/** How many faults may wait at once. */
const waitingMax = 1000;
const countMax = 1_000_000;
const delayMsMax = 60_000;

export function createFaults(): Faults {
  let waiting: { fault: Fault; left: number }[] = [];
  return {
    add(fault) {
      require(waiting.length < waitingMax, `At most ${waitingMax} faults may wait at once.`);
      waiting.push({ fault, left: fault.count });
    },
    clear() {
      waiting = [];
    },
    take(operation, request) {
      if (waiting.length === 0) return undefined;
      const found = waiting.find(
        ({ fault: { match } }) =>
          (match.operation ?? operation) === operation && matches(match, request),
      );
      if (found === undefined) return undefined;
      found.left -= 1;
      if (found.left === 0) waiting = waiting.filter((entry) => entry !== found);
      return found.fault;
    },
  };
}

function matches(match: Fault["match"], request: Target): boolean {
  return (
    (match.reference === undefined || match.reference === request.reference) &&
    (match.amount === undefined || match.amount === request.amount) &&
    (match.last4 === undefined || request.card?.number.endsWith(match.last4) === true)
  );
}

/** Reads `{ action, match?, count? (1), delay_ms? (1000) }`. @throws BadRequest */
export function readFault(body: unknown): Fault {
  const { action, match = {}, count = 1, delay_ms = 1000 } = objectOf(body);
  require(isInteger(count, 1, countMax), `count must be an integer from 1 to ${countMax}.`);
  require(isInteger(
    delay_ms,
    1,
    delayMsMax,
  ), `delay_ms must be an integer from 1 to ${delayMsMax}.`);
  require(isObject(match), "match must be an object.");
  return { action: readAction(action), match: readMatch(match), count, delayMs: delay_ms };
}

export function readAction(value: unknown): FaultAction {
  const found = faultActions.find((action) => action === value);
  if (found === undefined)
    throw new BadRequest(`action must be one of ${faultActions.join(", ")}.`);
  return found;
}

function readOperation(value: unknown): FaultOperation {
  const found = faultOperations.find((operation) => operation === value);
  if (found === undefined)
    throw new BadRequest(`match.operation must be one of ${faultOperations.join(", ")}.`);
  return found;
}

function readMatch(match: Readonly<Record<string, unknown>>): Fault["match"] {
  const { operation, reference, amount, last4, ...others } = match;
  require(Object.keys(others).length ===
    0, "match may hold operation, reference, amount and last4, nothing else.");
  require(reference === undefined ||
    typeof reference === "string", "match.reference must be a string.");
  require(amount === undefined || typeof amount === "number", "match.amount must be a number.");
  require(last4 === undefined ||
    (typeof last4 === "string" && /^\d{4}$/.test(last4)), "match.last4 must be four digits.");
  return {
    ...(operation === undefined ? {} : { operation: readOperation(operation) }),
    ...(reference === undefined ? {} : { reference }),
    ...(amount === undefined ? {} : { amount }),
    ...(last4 === undefined ? {} : { last4 }),
  };
}
