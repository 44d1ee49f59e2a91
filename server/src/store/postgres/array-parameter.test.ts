/** Whatever a column can hold arrives in PostgreSQL as it was, nulls and all, however it has to be written there. */
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Bound } from "../codec.ts";
import { arrayParameter, arrayTypes } from "./array-parameter.ts";

const client = new pg.Client({ connectionString: inject("postgresUrl") });
beforeAll(() => client.connect());
afterAll(() => client.end());

type Kind = keyof typeof arrayTypes;

/** What PostgreSQL makes of it: how many, each one's place, and each as text of its own. */
async function received(kind: Kind, values: readonly Bound[]): Promise<(string | null)[]> {
  const shown = kind === "bytes" ? "encode(value, 'hex')" : "value::text";
  const { rows } = await client.query<{ place: string; shown: string | null }>(
    `select place, ${shown} as shown from unnest($1::${arrayTypes[kind]}) with ordinality as given(value, place)
      order by place`,
    [arrayParameter(kind, values)],
  );
  expect(rows.map(({ place }) => Number(place))).toEqual(values.map((_, at) => at + 1));
  return rows.map((row) => row.shown);
}

function expected(value: Bound): string | null {
  if (value === null) return null;
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value);
}

const text = fc.string({ unit: "grapheme" }).map((each) => each.replaceAll("\0", ""));
const valuesOf: Readonly<Record<Kind, fc.Arbitrary<Bound>>> = {
  boolean: fc.boolean(),
  bytes: fc.uint8Array({ maxLength: 300 }),
  integer: fc.maxSafeInteger(),
  json: fc.json(),
  text: fc.oneof(
    text,
    fc.constantFrom("", "NULL", "null", '"', "\\", "{a,b}", "💳", "\\x41", "a\nb"),
  ),
};

test.each(Object.keys(arrayTypes) as Kind[])("an array of %s arrives as it was", async (kind) => {
  const values = fc.array(fc.option(valuesOf[kind], { nil: null }), {
    maxLength: 70,
    minLength: 1,
  });
  await fc.assert(
    fc.asyncProperty(values, async (given) => {
      expect(await received(kind, given)).toEqual(given.map(expected));
    }),
    { numRuns: 200 },
  );
});

test.each([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 32, -(2 ** 32), 2 ** 31, -1, 0])(
  "the number %d arrives as it was",
  async (number) => {
    expect(await received("integer", [number, -number])).toEqual(
      [number, -number].map((each) => String(each === 0 ? 0 : each)),
    );
  },
);
