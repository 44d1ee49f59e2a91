/**
 * Every way a card is refused, as the official Node library tells of it: each field of the error, and that none is sent
 * which the real service leaves out. A declined charge is kept, and its event tells of it.
 */
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRun, refusalOf, runs, type SdkRun } from "./sdk.ts";

const thisYear = new Date().getUTCFullYear();
const docs = "https://stripe.com/docs/error-codes";

/** What a declined charge answers, beside `charge`, `doc_url` and `type`. A key that is not here must not be sent. */
interface Decline {
  readonly number: string;
  readonly names: readonly string[];
  readonly error: Readonly<Record<string, string>>;
}

const words = {
  cvc: "Your card's security code is incorrect.",
  declined: "Your card was declined.",
  expired: "Your card has expired.",
  funds: "Your card has insufficient funds.",
  processing: "An error occurred while processing your card. Try again in a little bit.",
  velocity:
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
} as const;

const declines: readonly Decline[] = [
  {
    error: {
      advice_code: "try_again_later",
      code: "card_declined",
      decline_code: "generic_decline",
      message: words.declined,
      network_decline_code: "01",
    },
    names: ["tok_visa_chargeDeclined", "tok_chargeDeclined"],
    number: "4000000000000002",
  },
  {
    error: {
      advice_code: "try_again_later",
      code: "card_declined",
      decline_code: "insufficient_funds",
      message: words.funds,
      network_advice_code: "02",
      network_decline_code: "51",
    },
    names: ["tok_visa_chargeDeclinedInsufficientFunds", "tok_chargeDeclinedInsufficientFunds"],
    number: "4000000000009995",
  },
  {
    error: {
      advice_code: "do_not_try_again",
      code: "card_declined",
      decline_code: "lost_card",
      message: words.declined,
      network_advice_code: "01",
      network_decline_code: "41",
    },
    names: ["tok_visa_chargeDeclinedLostCard"],
    number: "4000000000009987",
  },
  {
    error: {
      advice_code: "do_not_try_again",
      code: "card_declined",
      decline_code: "stolen_card",
      message: words.declined,
      network_advice_code: "01",
      network_decline_code: "43",
    },
    names: ["tok_visa_chargeDeclinedStolenCard"],
    number: "4000000000009979",
  },
  {
    error: {
      advice_code: "try_again_later",
      code: "card_declined",
      decline_code: "card_velocity_exceeded",
      message: words.velocity,
      network_advice_code: "02",
      network_decline_code: "61",
    },
    names: ["tok_visa_chargeDeclinedVelocityLimitExceeded"],
    number: "4000000000006975",
  },
  {
    error: {
      advice_code: "confirm_card_data",
      code: "expired_card",
      decline_code: "expired_card",
      message: words.expired,
      network_advice_code: "03",
      network_decline_code: "54",
      param: "exp_month",
    },
    names: ["tok_chargeDeclinedExpiredCard"],
    number: "4000000000000069",
  },
  {
    error: {
      advice_code: "confirm_card_data",
      code: "incorrect_cvc",
      decline_code: "incorrect_cvc",
      message: words.cvc,
      network_advice_code: "03",
      network_decline_code: "N7",
      param: "cvc",
    },
    names: ["tok_chargeDeclinedIncorrectCvc"],
    number: "4000000000000127",
  },
  {
    error: {
      advice_code: "try_again_later",
      code: "processing_error",
      decline_code: "processing_error",
      message: words.processing,
      network_decline_code: "06",
    },
    names: ["tok_chargeDeclinedProcessingError"],
    number: "4000000000000119",
  },
];

const [genericDecline] = declines;

/** Known from older recordings, without network codes: only these fields are compared. */
const older: readonly (readonly [number: string, Readonly<Record<string, string | undefined>>])[] =
  [
    ["4000000000000341", { code: "card_declined", decline_code: "generic_decline" }],
    ["4100000000000019", { code: "card_declined", decline_code: "fraudulent" }],
    ["4000000000000101", { code: "incorrect_cvc", param: "cvc" }],
    [
      "4000002500003155",
      {
        code: "authentication_required",
        decline_code: "authentication_required",
        message: "Your card was declined. This transaction requires authentication.",
      },
    ],
  ];

/** Refused before a token exists. */
interface Impossible {
  readonly about: string;
  readonly change: Readonly<Record<string, string>>;
  readonly code: string;
  readonly param: string;
  readonly message: string;
}

const sentences = {
  incorrect_number: "Your card number is incorrect.",
  invalid_cvc: "Your card's security code is invalid.",
  invalid_expiry_month: "Your card's expiration month is invalid.",
  invalid_expiry_year: "Your card's expiration year is invalid.",
  invalid_number: "The card number is not a valid credit card number.",
} as const;

const impossible: readonly Impossible[] = (
  [
    ["a number of the wrong length", "number", "42424242", "invalid_number"],
    ["a number that is no number", "number", "4242abcd42424242", "invalid_number"],
    ["a number with a wrong check digit", "number", "4242424242424241", "incorrect_number"],
    ["a month that does not exist", "exp_month", "13", "invalid_expiry_month"],
    ["a year that is over", "exp_year", String(thisYear - 1), "invalid_expiry_year"],
    ["a year of two digits that is over", "exp_year", "24", "invalid_expiry_year"],
    ["a security code that is too short", "cvc", "12", "invalid_cvc"],
    ["a security code of letters", "cvc", "abc", "invalid_cvc"],
  ] as const
).map(([about, param, value, code]) => ({
  about,
  change: { [param]: value },
  code,
  message: sentences[code],
  param,
}));

describe.each(runs)("$name", (run) => {
  let opened: SdkRun;
  let stripe: Stripe;

  beforeAll(async () => {
    opened = await openRun(run, "declines");
    ({ stripe } = opened);
  });

  afterAll(() => opened.close([]));

  const card = (more: Record<string, string> = {}) => ({
    cvc: "123",
    exp_month: "12",
    exp_year: String(thisYear + 1),
    number: "4242424242424242",
    ...more,
  });
  const charge = (source: string): Promise<Stripe.Charge> =>
    stripe.charges.create({ amount: 2000, currency: "usd", source });

  async function expectDecline(source: string, expected: Decline["error"]): Promise<void> {
    const refused = await refusalOf(charge(source));
    expect(refused).toBeInstanceOf(run.library.Stripe.errors.StripeCardError);
    expect(refused.statusCode).toBe(402);
    expect(refused.code).toBe(expected["code"]);
    expect(refused.param).toBe(expected["param"]);
    const { headers, requestId, statusCode, ...error } = refused.raw as Record<string, string>;
    expect([headers, requestId, statusCode]).not.toContain(undefined);
    expect(error).toEqual({
      ...expected,
      charge: expect.stringMatching(/^ch_[0-9A-Za-z]{24}$/),
      doc_url: `${docs}/${expected["code"]?.replaceAll("_", "-")}`,
      request_log_url: `${opened.url}/v1/istripe/request_logs/${requestId}`,
      type: "card_error",
    });
    await expectFailedCharge(error["charge"] ?? "", expected);
  }

  async function expectFailedCharge(id: string, expected: Decline["error"]): Promise<void> {
    const kept = await stripe.charges.retrieve(id);
    expect(kept).toMatchObject({
      amount_captured: 0,
      balance_transaction: null,
      captured: false,
      failure_code: expected["code"],
      failure_message: expected["message"],
      outcome: {
        network_status: "declined_by_network",
        reason: expected["decline_code"],
        risk_level: "normal",
        type: "issuer_declined",
      },
      paid: false,
      receipt_url: null,
      status: "failed",
    });
    const { data } = await stripe.events.list({ limit: 1 });
    expect(data[0]).toMatchObject({ data: { object: { id } }, type: "charge.failed" });
  }

  describe.each(declines)("the card that ends in $number", ({ error, names, number }) => {
    test("is declined as a raw card, with every field of the real service and no other", async () => {
      const { id } = await stripe.tokens.create({ card: card({ number }) });
      await expectDecline(id, error);
      // The token has been used, even though the bank refused.
      expect(await refusalOf(charge(id))).toMatchObject({ code: "token_already_used" });
    });

    test.each(names)("is declined as %s, as often as it is tried", async (source) => {
      await expectDecline(source, error);
      await expectDecline(source, error);
    });
  });

  test.each(older)("the card %s is declined", async (number, expected) => {
    const { id } = await stripe.tokens.create({ card: card({ number }) });
    const refused = await refusalOf(charge(id));
    expect(refused.statusCode).toBe(402);
    expect(refused.raw).toMatchObject({ ...expected, charge: expect.stringMatching(/^ch_/) });
  });

  test("a card that is declined for its security code passes when none is given", async () => {
    const { cvc, ...rest } = card({ number: "4000000000000127" });
    const { id } = await stripe.tokens.create({ card: rest });
    expect(cvc).toBe("123");
    expect(await charge(id)).toMatchObject({ status: "succeeded" });
  });

  test.each(impossible)(
    "$about never becomes a token",
    async ({ change, code, message, param }) => {
      const refused = await refusalOf(stripe.tokens.create({ card: card(change) }));
      expect(refused).toMatchObject({ code, message, param, statusCode: 402 });
      expect(refused.type).toBe("StripeCardError");
      expect(Object.keys(refused.raw as object)).not.toContain("decline_code");
    },
  );

  test("a number that is nobody's test card is refused in test mode", async () => {
    const { id } = await stripe.tokens.create({ card: card({ number: "4539578763621486" }) });
    expect(await refusalOf(charge(id))).toMatchObject({ code: "card_declined", statusCode: 402 });
  });

  test("a replayed decline is the same error for the same charge", async () => {
    const idempotencyKey = `decline-${Date.now()}`;
    const attempt = () =>
      refusalOf(
        stripe.charges.create(
          { amount: 2000, currency: "usd", source: genericDecline?.names[0] ?? "" },
          { idempotencyKey },
        ),
      );
    const [first, second] = [await attempt(), await attempt()];
    expect(second.statusCode).toBe(402);
    expect(second.headers?.["idempotent-replayed"]).toBe("true");
    expect((second.raw as { charge?: string }).charge).toBe(
      (first.raw as { charge?: string }).charge,
    );
  });
});
