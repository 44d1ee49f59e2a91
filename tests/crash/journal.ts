/**
 * The simulator's journal as a witness that the server cannot influence: what the processor did, one line for each
 * thing, held against what clients were told.
 */
import { expect } from "vitest";
import type { Wire } from "../support/http.ts";
import type { Acknowledged } from "./load.ts";
import { restOf, toldCharges } from "./told.ts";

type LineKind = "authorization" | "capture" | "release" | "refund" | "verification" | "repeat";

/** A line of the simulator's journal, as far as it is read here. */
interface JournalLine {
  readonly kind: LineKind;
  readonly reference: string;
  readonly amount: number;
  /** Of an authorization. */
  readonly outcome: string;
  /** The reference of the authorization that a modification is about. */
  readonly authorization: string;
  readonly reply: { readonly outcome: string };
}

const linesIn = (journal: string): JournalLine[] =>
  journal
    .split("\n")
    .filter((line) => line !== "")
    .map((line): JournalLine => JSON.parse(line));

/** What the processor authorized; lines of repeated questions left out. */
export const authorizationsIn = (journal: string): JournalLine[] =>
  linesIn(journal).filter((line) => line.kind === "authorization");

/**
 * The processor authorized each charge once, for its amount, and the charge says what the processor decided; it
 * captured, let go and gave back what clients were told, and nothing twice.
 */
export function expectJournalAgrees(
  journal: string,
  charges: readonly Wire[],
  acknowledged: readonly Acknowledged[] = [],
): void {
  const seen = authorizationsIn(journal).map(
    ({ amount, outcome, reference }) =>
      `${reference} ${outcome === "approved" ? "succeeded" : "failed"} ${amount}`,
  );
  const known = charges.map(({ amount, id, status }) => `${id} ${status} ${amount}`);
  expect(seen.toSorted()).toEqual(known.toSorted());
  const done = linesIn(journal).flatMap(modificationOf);
  expect(done.toSorted()).toEqual(modificationsTold(acknowledged).toSorted());
}

function modificationOf(line: JournalLine): string[] {
  const { amount, authorization, kind, reply } = line;
  switch (kind) {
    case "capture":
    case "refund":
      return [`${kind} ${authorization} ${amount} ${reply.outcome}`];
    case "release":
      return [`${kind} ${authorization} ${reply.outcome}`];
    default:
      return [];
  }
}

function modificationsTold(acknowledged: readonly Acknowledged[]): string[] {
  return [...toldCharges(acknowledged)].flatMap(([id, told]) => {
    const { capture, isHold, refunds } = told;
    const captured =
      capture === undefined ? [] : [`capture ${id} ${capture["amount_captured"]} done`];
    const rest = restOf(told) > 0 ? [`release ${id} done`] : [];
    const isReleased = isHold && capture === undefined;
    const given = refunds.map(({ amount }) =>
      isReleased ? `release ${id} done` : `refund ${id} ${amount} done`,
    );
    return [...captured, ...rest, ...given];
  });
}
