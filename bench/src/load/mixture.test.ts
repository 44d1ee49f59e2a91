/** A mixed store is nearly all plain charges, and holds something of each kind that the questions look for. */
import { expect, it } from "vitest";
import { makeMixture } from "./mixture.ts";
import type { StoredCharges, Target } from "./requests.ts";

const target: Target = {
  isCanned: false,
  name: "mixture",
  payer: "source=tok_visa",
  port: 0,
  secretKey: "sk_test_1",
};
const stored: StoredCharges = { amounts: [1000], customers: ["cus_1"], ids: ["ch_1"] };

it("has the same small share of each kind in every hundred requests", () => {
  const { next } = makeMixture(target, stored);
  for (let hundred = 0; hundred < 3; hundred += 1) {
    const texts = Array.from({ length: 100 }, () => next().text);
    const having = (part: string) => texts.filter((text) => text.includes(part)).length;
    expect(having("POST /v1/charges ")).toBe(98);
    expect(having("POST /v1/customers ")).toBe(1);
    expect(having("POST /v1/refunds ")).toBe(1);
    expect(having("currency=eur")).toBe(1);
    expect(having("metadata%5Border%5D=")).toBe(1);
    expect(having("transfer_group=")).toBe(1);
    expect(having("customer=cus_1")).toBe(3);
  }
});

it("makes plain charges while there is nobody to charge and nothing to refund", () => {
  const { next } = makeMixture(target, { amounts: [], customers: [], ids: [] });
  const texts = Array.from({ length: 100 }, () => next().text);
  expect(texts.filter((text) => text.includes("/v1/refunds"))).toEqual([]);
  expect(texts.filter((text) => text.includes("customer="))).toEqual([]);
});

it("refuses an answer that is not what was asked for", () => {
  const { check, next } = makeMixture(target, stored);
  const request = next();
  expect(request.kind).toBe("customer");
  expect(() => check({ id: "cus_2", object: "customer" }, request)).not.toThrow();
  expect(() => check({ id: "ch_2", object: "charge" }, request)).toThrow(/should be customer/);
});
