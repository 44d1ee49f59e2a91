/**
 * Captures, releases and refunds as a whole: no order of them gets more out of an authorization than was put in, the
 * journal brings their account back, and what is not remembered is taken at its caller's word.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Journal, openJournal } from "./journal.ts";
import type { ModificationReply } from "./modification-wire.ts";
import { createSimulator, type Simulator } from "./simulator.ts";

let folder = "";
let path = "";
const open = new Set<Journal>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simulator-modifications-"));
  path = join(folder, "journal.jsonl");
});
afterEach(() => {
  for (const journal of open) journal.close();
  open.clear();
  rmSync(folder, { recursive: true });
});

/** A simulator that keeps account, in one life of its process. */
function live(): Simulator {
  const journal = openJournal(path);
  open.add(journal);
  return createSimulator({ journal, now: () => 1_700_000_000_000 });
}

const card = {
  number: "4242424242424242",
  exp_month: 12,
  exp_year: 2030,
  cvc: "9137",
  address_line1: null,
  address_zip: null,
};

function post(simulator: Simulator, to: string, body: object) {
  const answer = simulator.handle({ method: "POST", path: to, body });
  return { status: answer.status, reply: answer.body as ModificationReply };
}
const authorize = (simulator: Simulator, change: object = {}) =>
  post(simulator, "/authorizations", {
    ...{ reference: "ch_1", amount: 2000, currency: "usd", capture: false, card },
    ...change,
  });
const capture = (simulator: Simulator, reference: string, amount: number) =>
  post(simulator, "/captures", { reference, authorization: "ch_1", amount });
const release = (simulator: Simulator, reference: string) =>
  post(simulator, "/releases", { reference, authorization: "ch_1" });
const refund = (simulator: Simulator, reference: string, amount: number, change: object = {}) =>
  post(simulator, "/refunds", {
    ...{ reference, authorization: "ch_1", amount, currency: "usd", behaviour: null },
    ...change,
  });

const step = fc.record({
  kind: fc.constantFrom("capture", "release", "refund"),
  amount: fc.integer({ min: 1, max: 25 }),
  /** Few of them, so that references come back. */
  reference: fc.integer({ min: 1, max: 6 }).map((index) => `ref_${index}`),
});

interface Step {
  readonly kind: string;
  readonly amount: number;
  readonly reference: string;
}

function take(simulator: Simulator, { kind, amount, reference }: Step) {
  if (kind === "capture") return capture(simulator, reference, amount);
  return kind === "release" ? release(simulator, reference) : refund(simulator, reference, amount);
}

/** The steps that were done, each reference of a kind once. */
function doneOf(simulator: Simulator, steps: readonly Step[]): Step[] {
  const done = new Map<string, Step>();
  for (const asked of steps) {
    const { status, reply } = take(simulator, asked);
    const name = `${asked.kind} ${asked.reference}`;
    if (status === 200 && reply.outcome === "done" && !done.has(name)) done.set(name, asked);
  }
  return [...done.values()];
}

describe("with a journal", () => {
  test("no order of requests captures more than was held or refunds more than was captured", () => {
    const property = fc.property(
      fc.array(step, { maxLength: 25 }),
      fc.boolean(),
      (steps, isCapturedAtOnce) => {
        rmSync(path, { force: true });
        const simulator = live();
        authorize(simulator, { amount: 20, capture: isCapturedAtOnce });
        const done = doneOf(simulator, steps);
        const of = (wanted: string) => done.filter(({ kind }) => kind === wanted);
        const sum = (wanted: string) => of(wanted).reduce((total, { amount }) => total + amount, 0);
        expect(of("capture").length).toBeLessThanOrEqual(isCapturedAtOnce ? 0 : 1);
        expect(of("release").length).toBeLessThanOrEqual(isCapturedAtOnce ? 0 : 1);
        const captured = isCapturedAtOnce ? 20 : sum("capture");
        expect(captured).toBeLessThanOrEqual(20);
        expect(sum("refund")).toBeLessThanOrEqual(captured);
      },
    );
    fc.assert(property, { numRuns: 40 });
  });

  test("the next life knows what the last one captured, released and refunded", () => {
    const first = live();
    authorize(first);
    const answers = [
      capture(first, "cap_1", 1500),
      release(first, "rel_1"),
      refund(first, "re_1", 1000),
      refund(first, "re_2", 501),
    ];
    expect(answers.map(({ reply }) => reply.refusal)).toEqual([
      null,
      null,
      null,
      "amount_too_large",
    ]);
    const second = live();
    expect(capture(second, "cap_2", 1).reply.refusal).toBe("already_captured");
    expect(release(second, "rel_2").reply.refusal).toBe("already_released");
    expect(refund(second, "re_3", 501).reply.refusal).toBe("amount_too_large");
    expect(refund(second, "re_4", 500).reply.outcome).toBe("done");
    expect([
      capture(second, "cap_1", 1500),
      release(second, "rel_1"),
      refund(second, "re_1", 1000),
      refund(second, "re_2", 501),
    ]).toEqual(answers);
  });

  test("it has a line for each, with its terms, and one for each repeat", () => {
    const simulator = live();
    authorize(simulator, { amount: 0, reference: "card_1" });
    authorize(simulator);
    capture(simulator, "cap_1", 1500);
    release(simulator, "rel_1");
    refund(simulator, "re_1", 100, { behaviour: "refund_pending" });
    refund(simulator, "re_1", 100, { behaviour: "refund_pending" });
    const lines = readFileSync(path, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    const time = "2023-11-14T22:13:20.000Z";
    const about = { authorization: "ch_1", time };
    expect(lines).toMatchObject([
      { kind: "verification", reference: "card_1", amount: 0, time },
      { kind: "authorization", reference: "ch_1", amount: 2000, time },
      { kind: "capture", reference: "cap_1", amount: 1500, ...about },
      { kind: "release", reference: "rel_1", ...about },
      {
        ...{ kind: "refund", reference: "re_1", amount: 100, currency: "usd", ...about },
        reply: { outcome: "done", refund: { status: "pending" } },
      },
      { kind: "repeat", of: "refund", reference: "re_1", time },
    ]);
  });

  test("a line that was cut short is something that never happened", () => {
    const first = live();
    authorize(first);
    capture(first, "cap_1", 2000);
    writeFileSync(path, readFileSync(path).subarray(0, -5));
    const second = live();
    expect(capture(second, "cap_2", 1000).reply.outcome).toBe("done");
  });
});

describe("what is not remembered", () => {
  test("is taken at its caller's word, and its reference still stands for one thing", () => {
    const simulator = createSimulator({ repliesMax: 2 });
    authorize(simulator);
    for (const reference of ["ch_2", "ch_3"]) authorize(simulator, { reference });
    const first = capture(simulator, "cap_1", 1_000_000);
    expect(first.reply.outcome).toBe("done");
    expect(capture(simulator, "cap_1", 1_000_000)).toEqual(first);
    expect(capture(simulator, "cap_1", 1).status).toBe(409);
  });

  test("is not mistaken for what never was, even with a journal", () => {
    const journal = openJournal(path);
    open.add(journal);
    const simulator = createSimulator({ journal, repliesMax: 2 });
    expect(refund(simulator, "re_1", 100).reply.refusal).toBe("not_authorized");
    for (const reference of ["ch_1", "ch_2", "ch_3"]) authorize(simulator, { reference });
    expect(refund(simulator, "re_2", 100).reply.outcome).toBe("done");
  });
});

describe("a request", () => {
  const good = {
    reference: "re_1",
    authorization: "ch_1",
    amount: 100,
    currency: "usd",
    behaviour: null,
  };

  test.each([
    ["reference", { reference: "4242424242424242" }],
    ["authorization", { authorization: null }],
    ["amount", { amount: 0 }],
    ["amount", { amount: "100" }],
    ["amount", { amount: 4242424242424242 }],
    ["currency", { currency: "US" }],
    ["behaviour", { behaviour: "4242424242424242" }],
    ["behaviour", { behaviour: undefined }],
  ])("with a bad %s is refused with a sentence that names it: %j", (field, change) => {
    const answer = createSimulator().handle({
      method: "POST",
      path: "/refunds",
      body: { ...good, ...change },
    });
    expect(answer.status).toBe(400);
    const { error } = answer.body as { error: { message: string } };
    expect(error.message).toMatch(new RegExp(`^${field} must`));
    expect(JSON.stringify(answer.body)).not.toContain("4242424242424242");
  });

  test("of any value gets an answer", () => {
    const simulator = createSimulator();
    fc.assert(
      fc.property(
        fc.constantFrom("/captures", "/releases", "/refunds"),
        fc.oneof(fc.jsonValue(), fc.constant(undefined)),
        (to, body) => {
          expect(simulator.handle({ method: "POST", path: to, body }).status).toBe(400);
        },
      ),
    );
  });
});

test("a fault can be meant for one kind of request", () => {
  const simulator = createSimulator();
  const fault = { action: "error", match: { operation: "refund", amount: 100 } };
  expect(post(simulator, "/faults", fault).status).toBe(200);
  expect(authorize(simulator).status).toBe(200);
  expect(capture(simulator, "cap_1", 100).status).toBe(200);
  expect(refund(simulator, "re_1", 99).status).toBe(200);
  expect(refund(simulator, "re_2", 100).status).toBe(503);
  expect(refund(simulator, "re_2", 100).status).toBe(200);
  const wrong = { action: "error", match: { operation: "dispute" } };
  expect(post(simulator, "/faults", wrong).status).toBe(400);
});

test("a fault that looks for a card's last digits leaves requests without a card alone", () => {
  const simulator = createSimulator();
  post(simulator, "/faults", { action: "error", match: { last4: "4242" } });
  expect(refund(simulator, "re_1", 100).status).toBe(200);
  expect(authorize(simulator).status).toBe(503);
});
