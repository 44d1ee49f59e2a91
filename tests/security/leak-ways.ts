/**
 * Every way in which a card number may arrive, where it belongs and where it does not. Somebody will send each of them.
 */
import { cardForm, encoded, type Form, type Sent } from "../support/http.ts";
import type { ServerProcess } from "../support/server.ts";

type Keys = Pick<ServerProcess, "secretKey" | "publishableKey">;

/** One way in: a request that carries the number. */
type Way = (number: string, keys: Keys) => Sent;

const token = (form: Form | string, more: Partial<Sent> = {}): Way => {
  return (_, { secretKey }) => ({ form, key: secretKey, path: "/v1/tokens", ...more });
};
const charge: Form = { amount: 2000, currency: "usd" };
const escapedDigits = (number: string): string => number.replaceAll(/\d/g, "%3$&");
const json = (number: string): string =>
  JSON.stringify({ card: { cvc: "123", exp_month: 12, exp_year: 2050, number } });
const grouped = (number: string, by: string): string => (number.match(/\d{4}/g) ?? []).join(by);

/** A key of a form beside which the card's other fields are fine. */
const named =
  (name: (number: string) => string, value?: string): Way =>
  (number, keys) => {
    const { "card[number]": _, ...rest } = cardForm();
    return token(`${encoded(rest)}&${name(number)}=${value ?? number}`)(number, keys);
  };

/** Every way in, right and wrong, by its name. */
export const ways: Readonly<Record<string, Way>> = {
  "a good card": (number, keys) => token(cardForm(number))(number, keys),
  "a good card from a browser": (number, { publishableKey }) => ({
    form: cardForm(number),
    key: publishableKey,
    path: "/v1/tokens",
  }),
  "a good card with every other field": (number, keys) =>
    token({
      ...cardForm(number),
      "card[address_line1]": "1 Main Street",
      "card[address_zip]": "94107",
      "card[name]": "Jo",
      "metadata[a]": "b",
    })(number, keys),
  "a number grouped by spaces": (number, keys) =>
    token(cardForm(grouped(number, " ")))(number, keys),
  "a number grouped by dashes": (number, keys) =>
    token(cardForm(grouped(number, "-")))(number, keys),
  "a number whose digits are escaped": (number, keys) =>
    token(encoded(cardForm(number)).replace(number, escapedDigits(number)))(number, keys),
  "no expiry": named(() => "card[exp_year]=&card[number]"),
  "an expiry that is over": (number, keys) =>
    token({ ...cardForm(number), "card[exp_year]": 2020 })(number, keys),
  "a bad security code": (number, keys) => token(cardForm(number, "1"))(number, keys),
  "a number that is too long": named(() => "card[number]=9999&card[number]"),
  "a number twice as long": (number, keys) => token(cardForm(number + number))(number, keys),
  "letters around the number": (number, keys) => token(cardForm(`x${number}y`))(number, keys),
  "an unknown parameter beside the card": (number, keys) =>
    token({ ...cardForm(number), favourite: "blue" })(number, keys),
  "a misspelled key": named(() => "card[numberx]"),
  "another misspelled key": named(() => "card[nunber]"),
  "a key in capitals": named(() => "CARD[NUMBER]"),
  "a key with a dot": named(() => "card.number"),
  "a key without its end": named(() => "card[number"),
  "a key with blanks": named(() => "card[ number ]"),
  "a key of a list": named(() => "card[number][]"),
  "a key of a hash": named(() => "card[number][a]"),
  "an escaped key": named(() => "card%5Bnumber%5D"),
  "a key escaped in full": named(() => "%63%61%72%64%5B%6E%75%6D%62%65%72%5D"),
  "a key escaped twice": named(() => "card%255Bnumber%255D"),
  "the same key twice": named((number) => `card[number]=${number}&card[number]`),
  "the same key plain and escaped": named((number) => `card[number]=${number}&card%5Bnumber%5D`),
  "the number as a name": named((number) => number, "x"),
  "the number as a nested name": named((number) => `card[${number}]`, "x"),
  "the number as a metadata name with brackets": named((number) => `metadata[${number}][x]`, "x"),
  "a bare number": (number, keys) => token(number)(number, keys),
  "a JSON body": (number, keys) =>
    token(json(number), { headers: { "content-type": "application/json" } })(number, keys),
  "a JSON body that claims to be a form": (number, keys) => token(json(number))(number, keys),
  "a text body": (number, keys) =>
    token(encoded(cardForm(number)), { headers: { "content-type": "text/plain" } })(number, keys),
  "a multipart body": (number, keys) =>
    token(
      `--x\r\nContent-Disposition: form-data; name="card[number]"\r\n\r\n${number}\r\n--x--\r\n`,
      { headers: { "content-type": "multipart/form-data; boundary=x" } },
    )(number, keys),
  "bad escapes": (number, keys) => token(`${encoded(cardForm(number))}&a=%zz`)(number, keys),
  "bad UTF-8": (number, keys) => token(`${encoded(cardForm(number))}&a=%ff`)(number, keys),
  "a NUL": (number, keys) => token(`${encoded(cardForm(number))}&a=%00`)(number, keys),
  "a deep nest": (number, keys) =>
    token(`${encoded(cardForm(number))}&a${"[b]".repeat(50)}=${number}`)(number, keys),
  "no key": (number) => ({ form: cardForm(number), key: null, path: "/v1/tokens" }),
  "a wrong key": (number) => ({
    form: cardForm(number),
    key: "sk_test_wrong",
    path: "/v1/tokens",
  }),
  "the number as the key": (number) => ({
    form: cardForm(number),
    key: number,
    path: "/v1/tokens",
  }),
  "the number as the user of HTTP Basic": (number) => ({
    headers: { authorization: `Basic ${Buffer.from(`${number}:`).toString("base64")}` },
    key: null,
    path: "/v1/balance",
  }),
  "a body that is too large": (number, keys) =>
    token(`${encoded(cardForm(number))}&a=${"x".repeat(1_100_000)}`)(number, keys),
  "the query of a POST": (number, keys) =>
    token("", { path: `/v1/tokens?${encoded(cardForm(number))}` })(number, keys),
  "the query of a GET": (number, { secretKey }) => ({
    key: secretKey,
    path: `/v1/charges?${encoded(cardForm(number))}`,
  }),
  "the query of a route that does not exist": (number, { secretKey }) => ({
    key: secretKey,
    path: `/v1/nothing?number=${number}`,
  }),
  "the path": (number, { secretKey }) => ({ key: secretKey, path: `/v1/charges/${number}` }),
  "a path that does not exist": (number, { secretKey }) => ({
    key: secretKey,
    path: `/v1/cards/${number}`,
  }),
  "the token of an update": (number, { secretKey }) => ({
    form: { "card[number]": number },
    key: secretKey,
    path: "/v1/tokens/tok_x",
  }),
  "the source of a charge": (number, { secretKey }) => ({
    form: { ...charge, source: number },
    key: secretKey,
    path: "/v1/charges",
  }),
  "a card in the source of a charge": (number, { secretKey }) => ({
    form: { ...charge, "source[number]": number, "source[object]": "card" },
    key: secretKey,
    path: "/v1/charges",
  }),
  "a card in a charge": (number, { secretKey }) => ({
    form: { ...charge, "card[number]": number },
    key: secretKey,
    path: "/v1/charges",
  }),
  "the amount of a charge": (number, { secretKey }) => ({
    form: { ...charge, amount: number },
    key: secretKey,
    path: "/v1/charges",
  }),
  "an amount that is no number": (number, { secretKey }) => ({
    form: { ...charge, amount: `${number}x` },
    key: secretKey,
    path: "/v1/charges",
  }),
  "the currency of a charge": (number, { secretKey }) => ({
    form: { ...charge, currency: number },
    key: secretKey,
    path: "/v1/charges",
  }),
  "the limit of a list": (number, { secretKey }) => ({
    key: secretKey,
    path: `/v1/charges?limit=${number}`,
  }),
  "a cursor": (number, { secretKey }) => ({
    key: secretKey,
    path: `/v1/charges?starting_after=${number}`,
  }),
  "an expansion": (number, { secretKey }) => ({
    key: secretKey,
    path: `/v1/charges?expand[]=data.${number}`,
  }),
  "a version": (number, keys) =>
    token(cardForm(number), { headers: { "stripe-version": number } })(number, keys),
  "an account": (number, keys) =>
    token(cardForm(number), { headers: { "stripe-account": number } })(number, keys),
  "the path, escaped": (number, { secretKey }) => ({
    key: secretKey,
    path: `/v1/charges/${escapedDigits(number)}`,
  }),
  "a path that does not exist, escaped": (number, { secretKey }) => ({
    key: secretKey,
    path: `/v1/cards/${escapedDigits(number)}`,
  }),
  "the source of a charge, escaped twice": (number, { secretKey }) => ({
    form: `${encoded(charge)}&source=${escapedDigits(number).replaceAll("%", "%25")}`,
    key: secretKey,
    path: "/v1/charges",
  }),
  "a route that is not built": (number, { secretKey }) => ({
    form: { ...cardForm(number), type: "card" },
    key: secretKey,
    path: "/v1/payment_methods",
  }),
  "a route that does not exist": (number, { secretKey }) => ({
    form: cardForm(number),
    key: secretKey,
    path: "/v1/nothing",
  }),
  "a verb that does not exist": (number, { secretKey }) => ({
    form: cardForm(number),
    key: secretKey,
    method: "PUT",
    path: "/v1/tokens",
  }),
};
