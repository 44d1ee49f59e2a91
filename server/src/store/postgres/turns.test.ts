/**
 * Turns come in the order in which they were asked for, are waited for within a bound, and never in a circle.
 */
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ContentionError } from "../database.ts";
import { createTurns, OwnTurns, type Turns, TurnTaken } from "./turns.ts";

const boundMs = 10_000;

describe("the turns at one name", () => {
  test("come in the order in which they were asked for, one at a time", async () => {
    const turns = createTurns();
    const order: number[] = [];
    let atOnce = 0;
    const visit = async (index: number): Promise<void> => {
      await turns.take("a", boundMs);
      expect(++atOnce).toBe(1);
      order.push(index);
      await setImmediate();
      atOnce -= 1;
      turns.give("a");
    };
    await Promise.all(Array.from({ length: 50 }, (_, index) => visit(index)));
    expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(turns.tryTake("a")).toBe(true);
  });

  test("are not taken past those who wait, and other names are free meanwhile", async () => {
    const turns = createTurns();
    expect(turns.tryTake("a")).toBe(true);
    const second = turns.take("a", boundMs);
    turns.give("a");
    expect(turns.tryTake("a")).toBe(false);
    expect(turns.tryTake("b")).toBe(true);
    await second;
    turns.give("a");
    expect(turns.tryTake("a")).toBe(true);
  });

  test("are not waited for beyond the bound, and who gave up holds up nobody", async () => {
    const turns = createTurns();
    await turns.take("a", boundMs);
    const impatient = turns.take("a", 20);
    const patient = turns.take("a", boundMs);
    await expect(impatient).rejects.toThrow(ContentionError);
    turns.give("a");
    await patient;
  });

  test("are refused at once to the first of too many", async () => {
    const turns = createTurns();
    await turns.take("a", boundMs);
    const waiting = Array.from({ length: 2000 }, () => turns.take("a", boundMs));
    await expect(turns.take("a", boundMs)).rejects.toThrow(ContentionError);
    for (const turn of waiting) {
      turns.give("a");
      await turn;
    }
  });
});

describe("one transaction's turns", () => {
  const own = (turns: Turns): OwnTurns => new OwnTurns(turns, boundMs);

  test("are asked for once, however often it locks the same name, and free after its end", async () => {
    const turns = createTurns();
    const one = own(turns);
    await one.take("a", true);
    await one.take("a", false);
    one.end();
    expect(turns.tryTake("a")).toBe(true);
  });

  test("are never waited for by one that has a connection or another turn", async () => {
    const turns = createTurns();
    const [one, two] = [own(turns), own(turns)];
    await one.take("a", true);
    await expect(two.take("a", false)).rejects.toThrow(TurnTaken);
    await two.take("b", true);
    await expect(two.take("a", true)).rejects.toThrow(TurnTaken);
    one.end();
    await two.take("a", false);
  });

  test("that two want in opposite orders come to both, one after the other", async () => {
    const turns = createTurns();
    const [one, two] = [own(turns), own(turns)];
    await one.take("a", true);
    await two.take("b", true);
    await expect(one.take("b", false)).rejects.toThrow(TurnTaken);
    await expect(two.take("a", false)).rejects.toThrow(TurnTaken);
    const ended: string[] = [];
    const finish = async (name: string, turn: OwnTurns, missing: string): Promise<void> => {
      await turn.takeWith(missing);
      await turn.take("a", false);
      await turn.take("b", false);
      ended.push(name);
      turn.end();
    };
    await Promise.all([finish("one", one, "b"), finish("two", two, "a")]);
    expect(ended.toSorted()).toEqual(["one", "two"]);
  });

  test("have one bound for all waits together", async () => {
    const turns = createTurns();
    const [holder, late] = [own(turns), new OwnTurns(turns, 60)];
    await holder.take("b", true);
    await late.take("a", true);
    await expect(late.take("b", false)).rejects.toThrow(TurnTaken);
    await expect(late.takeWith("b")).rejects.toThrow(ContentionError);
    await expect(late.takeWith("b")).rejects.toThrow(ContentionError);
    late.end();
    expect(turns.tryTake("a")).toBe(true);
  });

  test("are at most sixteen", async () => {
    const one = own(createTurns());
    for (let count = 0; count < 16; count++) await one.take(`name ${count}`, false);
    await expect(one.takeWith("name 16")).rejects.toThrow(ContentionError);
  });

  test("that come after its end go to whoever is next", async () => {
    const turns = createTurns();
    const [holder, gone] = [own(turns), own(turns)];
    await holder.take("a", true);
    const late = gone.take("a", true);
    gone.end();
    holder.end();
    await late;
    expect(turns.tryTake("a")).toBe(true);
  });
});
