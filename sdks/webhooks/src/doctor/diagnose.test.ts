/** The guarantees of the signature doctor: each of the usual mistakes is named, proved where it can be, and no other. */
import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { diagnoseSignature, type Visit } from "./diagnose.ts";

const secretOf = (): string => `whsec_${randomBytes(32).toString("base64")}`;
const secret = secretOf();
const now = 1_700_000_000;
const event = {
  data: {
    object: {
      amount: 500,
      description: "Café für 5 € <b>",
      empty: {},
      list: [],
      metadata: { a: "1" },
    },
  },
  id: "evt_1",
  livemode: false,
  object: "event",
  type: "charge.succeeded",
};
/** As iStripe and Stripe write it. */
const sent = JSON.stringify(event, null, 2);

function signed(body: Buffer | string, key = secret, timestamp = now): string {
  const digest = createHmac("sha256", key).update(`${timestamp}.`).update(body).digest("hex");
  return `t=${timestamp},v1=${digest}`;
}

const visit: Visit = {
  header: signed(sent),
  nowSeconds: now + 5,
  payload: sent,
  secrets: [{ name: "the endpoint's secret", secret }],
  toleranceSeconds: 300,
};

function codesOf(changes: Partial<Visit>): string[] {
  const { matches, findings } = diagnoseSignature({ ...visit, ...changes });
  expect(matches).toBe(findings[0]?.code === "matches");
  const sentences = findings.map(({ sentence }) => sentence).join(" ");
  expect(sentences).toMatch(/^[A-Z].*\.$/);
  for (const shown of [secret, "Café", "evt_1"]) expect(sentences).not.toContain(shown);
  return findings.map(({ code }) => code);
}

function sentenceOf(changes: Partial<Visit>): string | undefined {
  return diagnoseSignature({ ...visit, ...changes }).findings[0]?.sentence;
}

/** As Python's `json.dumps` writes one line. */
function dumped(value: unknown, ascii = true): string {
  const text = JSON.stringify(value, null, 1)
    .replace(/\n\s*/g, " ")
    .replace(/([[{]) | ([\]}])/g, "$1$2");
  return ascii
    ? text.replace(
        /[\u0080-\uffff]/g,
        (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
      )
    : text;
}

describe("what is right", () => {
  test("matches, whichever of the secrets it is", () => {
    expect(codesOf({})).toEqual(["matches"]);
    expect(codesOf({ payload: Buffer.from(sent) })).toEqual(["matches"]);
    const secrets = [{ name: "the new secret", secret: secretOf() }, ...visit.secrets];
    expect(codesOf({ secrets })).toEqual(["matches"]);
    expect(sentenceOf({ secrets })).toContain("the endpoint's secret");
  });

  test("matches with two signatures, with v0 beside it, and with the header's name in front", () => {
    const other = signed(sent, secretOf()).slice(`t=${now},`.length);
    expect(codesOf({ header: `${visit.header},${other}` })).toEqual(["matches"]);
    expect(codesOf({ header: `t=${now},${other},${visit.header.slice(13)},v0=00` })).toEqual([
      "matches",
    ]);
    expect(codesOf({ header: `Stripe-Signature: ${visit.header}\n` })).toEqual(["matches"]);
  });

  test("does not match when the signature, the body or the time is another", () => {
    expect(codesOf({ header: signed(`${sent}x`) })).toEqual([
      "body_maybe_reserialized",
      "no_match",
    ]);
    expect(codesOf({ header: visit.header.replace(`t=${now}`, `t=${now + 1}`) })).toContain(
      "no_match",
    );
  });
});

describe("the header", () => {
  test.each([
    ["", "header_missing"],
    ["Stripe-Signature:", "header_missing"],
    ["hello", "header_malformed"],
    [`v1=${"0".repeat(64)}`, "header_malformed"],
    [`t=yesterday,v1=${"0".repeat(64)}`, "header_malformed"],
    [`t=${now}`, "signature_missing"],
    [`t=${now},v0=${"0".repeat(64)}`, "only_v0"],
    [`t=${now},v1=${"0".repeat(63)}`, "signature_malformed"],
    [`t=${now},v1=${"A".repeat(64)}`, "signature_malformed"],
    ["v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "header_is_standard_webhooks"],
  ])("%j is %s", (header, code) => {
    expect(codesOf({ header })).toEqual([code]);
  });
});

describe("the time", () => {
  test("an old signature does not match although it is right, and says by how much", () => {
    expect(codesOf({ nowSeconds: now + 300 })).toEqual(["matches"]);
    expect(codesOf({ nowSeconds: now + 301 })).toEqual(["timestamp_too_old", "matches"]);
    expect(sentenceOf({ nowSeconds: now + 301 })).toContain("5 minutes old");
    expect(sentenceOf({ nowSeconds: now + 300_000 })).toContain("3 days old");
  });

  test("a signature of the future matches, and the clock is named", () => {
    expect(codesOf({ nowSeconds: now - 301 })).toEqual(["matches", "clock_behind"]);
  });

  test("without a tolerance any age will do", () => {
    expect(codesOf({ nowSeconds: now * 2, toleranceSeconds: 0 })).toEqual(["matches"]);
  });

  test("the age is told besides another cause", () => {
    const changes = { nowSeconds: now + 400, payload: `${sent}\n` };
    expect(codesOf(changes)).toEqual(["line_end_added", "timestamp_too_old"]);
  });
});

describe("the secret", () => {
  const knownSecrets = [
    { kind: "other_endpoint", name: "we_2", secret: secretOf() },
    { kind: "other_mode", name: "we_3, live mode", secret: secretOf() },
    { kind: "previous", name: "the one until yesterday", secret: secretOf() },
    { name: "some other", secret: secretOf() },
  ] as const;

  test.each([
    [0, "secret_of_other_endpoint"],
    [1, "secret_of_other_mode"],
    [2, "secret_previous"],
    [3, "secret_of_other_endpoint"],
  ])("another one that is known (%i) is named", (index, code) => {
    const known = knownSecrets[index];
    const header = signed(sent, known?.secret);
    expect(codesOf({ header, knownSecrets })).toEqual([code]);
    expect(sentenceOf({ header, knownSecrets })).toContain(known?.name);
  });

  test.each([
    [` ${secret}`, "secret_surrounded"],
    [`${secret}\n`, "secret_surrounded"],
    [`${secret}\\n`, "secret_surrounded"],
    [`"${secret}"`, "secret_surrounded"],
    [`'${secret}'\r\n`, "secret_surrounded"],
    [`WEBHOOK_SECRET=${secret}`, "secret_surrounded"],
    [secret.slice("whsec_".length), "secret_without_prefix"],
  ])("%j is proved to be the right one in the wrong form", (given, code) => {
    const secrets = [{ name: "--secret", secret: given }];
    expect(codesOf({ secrets })).toEqual([code]);
  });

  test.each([
    ["sk_test_51abc", "secret_is_api_key"],
    ["rk_live_51abc", "secret_is_api_key"],
    ["pk_test_51abc\n", "secret_is_api_key"],
    ["we_1abc", "secret_is_id"],
    ["hello", "secret_without_prefix"],
    [" whsec_other", "secret_surrounded"],
    ["", "secret_empty"],
  ])("%j is suspected, and nothing is called proved", (given, code) => {
    const codes = codesOf({ secrets: [{ name: "--secret", secret: given }] });
    expect(codes[0]).toBe(code);
    expect(codes.at(-1)).toBe("no_match");
  });

  test("none at all", () => {
    expect(codesOf({ secrets: [] })[0]).toBe("secret_missing");
  });

  test("a wrong one and a changed body are told together", () => {
    const [known] = knownSecrets;
    const header = signed(sent, known.secret);
    const codes = codesOf({ header, knownSecrets, payload: JSON.stringify(event) });
    expect(codes).toEqual(["body_reserialized", "secret_of_other_endpoint"]);
  });
});

describe("the body", () => {
  test.each([
    ["JSON.stringify", JSON.stringify(event)],
    ["JSON.stringify by four", JSON.stringify(event, null, 4)],
    ["JSON.stringify by tabs", JSON.stringify(event, null, "\t")],
    ["json.dumps", dumped(event)],
    ["json.dumps without ASCII", dumped(event, false)],
    ["Go's or Rails's escapes", JSON.stringify(event).replace("<b>", "\\u003cb\\u003e")],
    ["no style at all", sent.replace(/,\n/g, " ,\n ")],
    [
      "keys in another order",
      JSON.stringify({
        type: event.type,
        object: "event",
        livemode: false,
        id: "evt_1",
        data: event.data,
      }),
    ],
  ])("written again by %s is proved", (_name, payload) => {
    expect(codesOf({ payload })).toEqual(["body_reserialized"]);
  });

  test("whoever wrote it again is named, and how it was sent", () => {
    expect(sentenceOf({ payload: dumped(event) })).toContain(
      "it was sent as JSON.stringify(…, null, 2) writes it, and now is as Python's json.dumps with all but ASCII escaped writes it",
    );
    expect(sentenceOf({ header: signed(dumped(event)), payload: sent })).toContain(
      "it was sent as Python's json.dumps writes it with all but ASCII escaped, and now is as JSON.stringify(…, null, 2) writes it",
    );
  });

  test.each([
    ["a line end more", `${sent}\n`, "line_end_added"],
    ["two line ends more", `${sent}\r\n\r\n`, "line_end_added"],
    ["CRLF for LF", sent.replace(/\n/g, "\r\n"), "line_ends_changed"],
    ["CRLF for LF and one more", `${sent}\n`.replace(/\n/g, "\r\n"), "line_ends_changed"],
    ["a byte order mark", `\ufeff${sent}`, "byte_order_mark_added"],
    ["a byte order mark and a line end", `\ufeff${sent}\n`, "byte_order_mark_added"],
    ["blanks around it", `  ${sent}\n `, "whitespace_added"],
    ["Latin-1 read", Buffer.from(sent).toString("latin1"), "body_decoded_as_latin1"],
    [
      "Windows-1252 read",
      new TextDecoder("windows-1252").decode(Buffer.from(sent)),
      "body_decoded_as_latin1",
    ],
    ["base64", Buffer.from(sent).toString("base64"), "body_still_base64"],
    ["quoted as JSON", JSON.stringify(sent), "body_stringified_twice"],
  ])("with %s is proved", (_name, payload, code) => {
    expect(codesOf({ payload })).toEqual([code]);
  });

  test("of which the last line end was removed, or CRLF made LF, is proved", () => {
    expect(codesOf({ header: signed(`${sent}\n`) })).toEqual(["line_end_removed"]);
    expect(codesOf({ header: signed(sent.replace(/\n/g, "\r\n")) })).toEqual(["line_ends_changed"]);
  });

  test("written in Latin-1 is proved", () => {
    const plain = sent.replace("€", "$");
    const changes = { header: signed(plain), payload: Buffer.from(plain, "latin1") };
    expect(codesOf(changes)).toEqual(["body_encoded_as_latin1"]);
  });

  test("decoded as Latin-1 and written again is proved", () => {
    const payload = JSON.stringify(JSON.parse(Buffer.from(sent).toString("latin1")));
    expect(codesOf({ payload })).toEqual(["body_decoded_as_latin1"]);
  });

  test.each([
    ["", "body_empty"],
    [" \n", "body_empty"],
    ["{}", "body_already_parsed"],
    ["[object Object]", "body_already_parsed"],
    ["undefined", "body_already_parsed"],
    [sent.slice(0, -30), "body_truncated"],
    [sent.slice(0, 100), "body_truncated"],
    [sent.replace("é", "\ufffd"), "body_characters_lost"],
    [JSON.stringify({ ...event, id: "evt_2" }), "body_maybe_reserialized"],
  ])("%j is suspected, and nothing is called proved", (payload, code) => {
    const codes = codesOf({ payload });
    expect(codes[0]).toBe(code);
    expect(codes.at(-1)).toBe("no_match");
  });

  test("numbers and doubled keys stay as they are written", () => {
    const odd = '{"a":1.0,"b":12345678901234567890,"a":1e2}';
    const changes = { header: signed(odd), payload: odd.replace(/,/g, ", ").replace(/:/g, ": ") };
    expect(codesOf(changes)).toEqual(["body_reserialized"]);
  });
});

describe("bounds", () => {
  test("what is huge, deep or hostile ends soon", () => {
    const startedAt = performance.now();
    const payloads = [
      "[".repeat(200_000),
      `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
      `{"a":"${"\\u00e9".repeat(40_000)}"}`,
      `"${"\\".repeat(200_000)}`,
      JSON.stringify({ a: "x".repeat(2_000_000) }),
      " ".repeat(200_000),
      `${"\n".repeat(200_000)}x`,
      "A".repeat(200_000),
    ];
    for (const payload of payloads) expect(codesOf({ payload }).at(-1)).toBe("no_match");
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test("a hundred known secrets are tried in time for a page, whatever the size of the body", () => {
    const knownSecrets = Array.from({ length: 150 }, (_, n) => ({
      name: `${n}`,
      secret: secretOf(),
    }));
    const large = JSON.stringify({ a: Array.from({ length: 30_000 }, (_, n) => `${n}`) });
    const startedAt = performance.now();
    for (const payload of [sent, large]) {
      expect(codesOf({ header: signed("other"), knownSecrets, payload }).at(-1)).toBe("no_match");
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
