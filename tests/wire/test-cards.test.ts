/**
 * Every test card does what its row says, at each step of its life: as a token, kept by a customer, charged, refunded.
 * The page of test cards is written from the same rows.
 */
import { type CardResult, type TestCard, testCards, tokenRefusals } from "@istripe/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, cardForm, type Form, send } from "../support/http.ts";
import { engines, startTestServer, type TestServer } from "../support/server.ts";

describe.each(engines)("on %s", (engine) => {
  let server: TestServer;
  let customer: string;
  beforeAll(async () => {
    server = await startTestServer(engine);
    customer = (await post("/v1/customers", {})).body.id;
  });
  afterAll(() => server.stop());

  const post = (path: string, form: Form): Promise<Answer> =>
    send(server.url, { form, key: server.secretKey, path });
  const token = async (number: string): Promise<string> =>
    (await post("/v1/tokens", { ...cardForm(), "card[number]": number })).body.id;

  /** Rules of the account that are off stay off; a CVC is given with every card here. */
  function expectResult(answer: Answer, expected: CardResult): void {
    if (expected === "ok" || expected.when === "postal_code_rule") {
      expect(answer.status).toBe(200);
      return;
    }
    const { error } = answer.body;
    expect({
      code: error["code"],
      declineCode: error["decline_code"] ?? null,
      param: error["param"] ?? null,
      status: answer.status,
      type: error["type"],
    }).toEqual({
      code: expected.code,
      declineCode: expected.declineCode,
      param: expected.param,
      status: 402,
      type: "card_error",
    });
  }

  const named = testCards.map((card): [string, TestCard] => [
    `${card.number} (${card.about})`,
    card,
  ]);

  test.each(named)("%s", async (_, { expected, number, names }) => {
    expect(expected.token).toBe("ok");
    const path = `/v1/customers/${customer}/sources`;
    expectResult(await post(path, { source: await token(number) }), expected.attach);
    const terms = { amount: 1000, currency: "usd" };
    const charge = await post("/v1/charges", { ...terms, source: await token(number) });
    expectResult(charge, expected.charge);
    for (const name of names) {
      const again = await post("/v1/charges", { ...terms, source: `tok_${name}` });
      expect(again.status).toBe(charge.status);
      expect(again.body.error?.["code"]).toBe(charge.body.error?.["code"]);
    }
    if (charge.status !== 200) return;
    const refund = await post("/v1/refunds", { charge: charge.body.id });
    expect([refund.status, refund.body["status"]]).toEqual([200, expected.refund?.status]);
  });

  test.each(tokenRefusals.map((refusal) => [refusal.about, refusal] as const))(
    "%s makes no token",
    async (_, { change, expected }) => {
      const changed = Object.entries(change).map(([name, value]) => [`card[${name}]`, value]);
      const answer = await post("/v1/tokens", { ...cardForm(), ...Object.fromEntries(changed) });
      expectResult(answer, expected);
    },
  );
});
