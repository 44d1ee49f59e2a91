/** The journal survives being cut short, refuses to be trusted when damaged, and never holds card data. */
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openJournal } from "./journal.ts";
import { createSimulator } from "./simulator.ts";

let folder = "";
let path = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simulator-journal-"));
  path = join(folder, "journal.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const card = {
  number: "4242424242424242",
  exp_month: 12,
  exp_year: 2030,
  cvc: "9137",
  address_line1: "1 Main St",
  address_zip: "94110",
};

/** Opens the journal, authorizes these references and closes it, as one life of a process would. */
function liveOnce(...references: string[]): unknown[] {
  const journal = openJournal(path);
  const simulator = createSimulator({ journal, now: () => 1_700_000_000_000 });
  const bodies = references.map((reference) => {
    const body = { reference, amount: 2000, currency: "usd", capture: true, card };
    const answer = simulator.handle({ method: "POST", path: "/authorizations", body });
    expect(answer.status).toBe(200);
    return answer.body;
  });
  journal.close();
  return bodies;
}

const lines = (): Record<string, unknown>[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

describe("the journal", () => {
  test("has a line per authorization and per repeat, in order", () => {
    liveOnce("ch_1", "ch_2", "ch_1");
    expect(lines()).toMatchObject([
      {
        kind: "authorization",
        reference: "ch_1",
        amount: 2000,
        currency: "usd",
        capture: true,
        last4: "4242",
        outcome: "approved",
        time: "2023-11-14T22:13:20.000Z",
      },
      { kind: "authorization", reference: "ch_2" },
      { kind: "repeat", reference: "ch_1" },
    ]);
  });

  test("gives the first reply again in the next life", () => {
    const [first] = liveOnce("ch_1");
    expect(liveOnce("ch_1")).toEqual([first]);
    expect(lines().filter((line) => line["kind"] === "authorization")).toHaveLength(1);
  });

  test("never holds a number, a CVC or an address, and only its owner may read it", () => {
    liveOnce("ch_1", "ch_1");
    const text = readFileSync(path, "utf8");
    expect(text).not.toContain(card.number);
    expect(text).not.toContain(card.cvc);
    expect(text).not.toContain(card.address_zip);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("cut short anywhere in its last line opens without that line, and goes on", () => {
    liveOnce("ch_1", "ch_2");
    const whole = readFileSync(path);
    const lastLine = whole.lastIndexOf("\n", whole.length - 2) + 1;
    for (let end = lastLine; end < whole.length; end += 7) {
      writeFileSync(path, whole.subarray(0, end));
      liveOnce("ch_3");
      expect(lines().map((line) => line["reference"])).toEqual(["ch_1", "ch_3"]);
    }
  });

  test("damaged in the middle is refused with a sentence that names the file and the line", () => {
    liveOnce("ch_1");
    appendFileSync(path, "garbage\n");
    appendFileSync(path, '{"kind":"repeat","reference":"ch_1","time":""}\n');
    expect(() => openJournal(path)).toThrow(
      `The journal is damaged at ${path} line 2; move the file away to start anew.`,
    );
  });

  test("that cannot be written makes the simulator refuse, and forget what it could not note", () => {
    const journal = openJournal(path);
    const simulator = createSimulator({ journal });
    journal.close();
    const body = { reference: "ch_1", amount: 1, currency: "usd", capture: true, card };
    const ask = () => simulator.handle({ method: "POST", path: "/authorizations", body });
    expect(ask).toThrow();
    expect(ask).toThrow("The journal could not be written; restart the simulator.");
    const found = simulator.handle({
      method: "GET",
      path: "/authorizations/ch_1",
      body: undefined,
    });
    expect(found.status).toBe(404);
  });
});
