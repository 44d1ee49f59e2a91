/**
 * What the form parser guarantees: it reads what Stripe's SDKs and curl send, refuses what it cannot read exactly, and
 * needs time linear in the length of the text, whatever the text.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cpuMsOf } from "../../../../tests/support/cpu-time.ts";
import { FormError } from "./form-error.ts";
import { elementsOf, type FormValue } from "./form-tree.ts";
import { formLimits, parseForm } from "./parse-form.ts";

/** The tree as plain values: hashes as arrays of entries, so that no key is special. */
function plain(value: FormValue): unknown {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(plain);
  return [...(value as ReadonlyMap<string, FormValue>)].map(([key, child]) => [key, plain(child)]);
}

const parsed = (text: string): unknown => plain(parseForm(Buffer.from(text)));

function faultOf(text: string | Buffer): string {
  try {
    parseForm(text);
  } catch (error) {
    if (error instanceof FormError) return error.fault;
    throw error;
  }
  return "none";
}

describe("what is read", () => {
  test("nothing, flat pairs, spaces, escapes, a name without a value", () => {
    expect(parsed("")).toEqual([]);
    expect(parsed("a=1&b=x+y%20z&&c&d=")).toEqual([
      ["a", "1"],
      ["b", "x y z"],
      ["c", ""],
      ["d", ""],
    ]);
    expect(parsed("%C3%A9=%E2%82%AC&ü=€")).toEqual([
      ["é", "€"],
      ["ü", "€"],
    ]);
    expect(parsed("a=b=c;d")).toEqual([["a", "b=c;d"]]);
  });

  test("brackets raw, encoded and mixed mean the same", () => {
    const tree = [["card", [["number", [["deep", "1"]]]]]];
    expect(parsed("card[number][deep]=1")).toEqual(tree);
    expect(parsed("card%5Bnumber%5D%5Bdeep%5d=1")).toEqual(tree);
    expect(parsed("card[number%5D%5Bdeep]=1")).toEqual(tree);
  });

  test("the last of several equal names wins", () => {
    expect(parsed("a=1&a=2&h[x]=1&h[x]=2")).toEqual([
      ["a", "2"],
      ["h", [["x", "2"]]],
    ]);
  });

  test("lists append, and an element of hashes ends where a key repeats", () => {
    expect(parsed("a[]=x&a[]=y")).toEqual([["a", ["x", "y"]]]);
    expect(parsed("items[][price]=a&items[][quantity]=2&items[][price]=b")).toEqual([
      [
        "items",
        [
          [
            ["price", "a"],
            ["quantity", "2"],
          ],
          [["price", "b"]],
        ],
      ],
    ]);
    expect(parsed("i[][r][a]=1&i[][r][b]=2&i[][t][]=x&i[][t][]=y&i[][r][a]=3")).toEqual([
      [
        "i",
        [
          [
            [
              "r",
              [
                ["a", "1"],
                ["b", "2"],
              ],
            ],
            ["t", ["x", "y"]],
          ],
          [["r", [["a", "3"]]]],
        ],
      ],
    ]);
  });

  test("names of JavaScript's own are names like any other", () => {
    const text = "__proto__=1&constructor=2&toString[__proto__]=3&hasOwnProperty[]=4";
    expect(parsed(text)).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
      ["toString", [["__proto__", "3"]]],
      ["hasOwnProperty", ["4"]],
    ]);
  });

  test("indexes give the order of elements, need not be dense, and are refused when they are none", () => {
    const indexed = parseForm("a[7]=z&a[0]=x&a[3]=y").get("a") ?? "";
    expect(elementsOf(indexed)).toEqual([
      { index: 0, value: "x" },
      { index: 3, value: "y" },
      { index: 7, value: "z" },
    ]);
    for (const text of ["a[x]=1", "a[-1]=1", "a[01]=1", "a[1e3]=1", "a[9999999999]=1", "a=1"]) {
      expect(elementsOf(parseForm(text).get("a") ?? "")).toBeUndefined();
    }
  });
});

describe("what is refused", () => {
  test.each([
    ["bad_encoding", "a=%"],
    ["bad_encoding", "a=%4"],
    ["bad_encoding", "a=%zz"],
    ["bad_encoding", "%zz=1"],
    ["bad_encoding", "a=%ff"],
    ["bad_encoding", "a=%C0%80"],
    ["bad_encoding", "a=%ED%A0%80"],
    ["bad_encoding", "a=%00"],
    ["bad_encoding", "a\0=1"],
    ["bad_encoding", "a=\ud800"],
    ["bad_name", "=1"],
    ["bad_name", "[a]=1"],
    ["bad_name", "a[=1"],
    ["bad_name", "a]=1"],
    ["bad_name", "a[b=1"],
    ["bad_name", "a[b]c=1"],
    ["bad_name", "a[b]]=1"],
    ["bad_name", "a[[b]]=1"],
    ["bad_name", "a[b][=1"],
    ["bad_name", "a]b[c]=1"],
    ["conflict", "a=1&a[b]=2"],
    ["conflict", "a[b]=1&a=2"],
    ["conflict", "a[]=1&a[b]=2"],
    ["conflict", "a[0]=1&a[]=2"],
    ["conflict", "a[b]=1&a[b][c]=2"],
    ["conflict", "a[b][c]=1&a[b]=2"],
  ])("%s: %j", (fault, text) => {
    expect(faultOf(text)).toBe(fault);
  });

  test("bytes that are no UTF-8", () => {
    expect(faultOf(Buffer.from([0x61, 0x3d, 0xff]))).toBe("bad_encoding");
    expect(faultOf(Buffer.from([0x61, 0x3d, 0xed, 0xa0, 0x80]))).toBe("bad_encoding");
  });

  test("one more than each limit, and not the limit itself", () => {
    const { bodyBytesMax, depthMax, nameLengthMax, parameterCountMax } = formLimits;
    const pairs = (count: number): string =>
      Array.from({ length: count }, (_, i) => `p${i}=1`).join("&");
    expect(faultOf(pairs(parameterCountMax))).toBe("none");
    expect(faultOf(pairs(parameterCountMax + 1))).toBe("too_many_parameters");
    expect(faultOf(`a${"[b]".repeat(depthMax)}=1`)).toBe("none");
    expect(faultOf(`a${"[b]".repeat(depthMax + 1)}=1`)).toBe("too_deep");
    expect(faultOf("a".repeat(nameLengthMax))).toBe("none");
    expect(faultOf("a".repeat(nameLengthMax + 1))).toBe("too_long_a_name");
    expect(faultOf(Buffer.from(`a=${"x".repeat(bodyBytesMax - 2)}`))).toBe("none");
    expect(faultOf(Buffer.from(`a=${"x".repeat(bodyBytesMax - 1)}`))).toBe("too_large");
  });

  test("an error never repeats a card number from a name, nor any value", () => {
    for (const text of [
      "4242424242424242[=1",
      "card[4242 4242-4242 4242]x=1",
      "a=4242424242424242&a[b]=4242424242424242",
      `${"x".repeat(50)}4242424242424242${"y".repeat(2000)}=1`,
      "x=4242424242424242%ff",
    ]) {
      expect(() => parseForm(text)).toThrow(FormError);
      expect(() => parseForm(text)).not.toThrow(/4242.?4242.?4242/);
    }
  });
});

describe("time", () => {
  test.each([
    "[",
    "a[",
    "[]",
    "a[]",
    "a[]=&",
    "a[b]=1&",
    "%5B",
    "&",
    "=",
    "a&",
    "a=%41&",
    "%",
    "+",
    "é",
  ])("a megabyte of %j is read or refused in 250 ms of a core", (piece) => {
    const body = Buffer.from(piece.repeat(Math.floor(1_048_576 / Buffer.byteLength(piece))));
    // Measured: 13 ms at most, and 80 for a megabyte of "+".
    expect(cpuMsOf(() => void faultOf(body))).toBeLessThan(250);
  });

  test("a thousand names without a value before a megabyte do not scan it a thousand times", () => {
    const body = Buffer.from(`${"a&".repeat(999)}${"x".repeat(1_000_000)}`);
    const took = cpuMsOf(() => expect(faultOf(body)).toBe("too_long_a_name"));
    expect(took).toBeLessThan(250);
  });
});

/** An encoder in the manner of Stripe's SDKs, written without a look at the parser. */
type Wire = string | Wire[] | { [key: string]: Wire };

function encode(value: Wire, name: string): string[] {
  if (typeof value === "string") {
    const escaped = encodeURIComponent(name).replaceAll("%5B", "[").replaceAll("%5D", "]");
    return [`${escaped}=${encodeURIComponent(value)}`];
  }
  if (Array.isArray(value))
    return value.flatMap((element, index) => encode(element, `${name}[${index}]`));
  return Object.entries(value).flatMap(([key, child]) => encode(child, `${name}[${key}]`));
}

/** What should come back: lists as hashes by index, empty containers not at all. */
function tree(value: Wire): unknown {
  if (typeof value === "string") return value;
  return Object.entries(value)
    .map(([key, child]) => [key, tree(child)] as const)
    .filter(([, child]) => typeof child === "string" || (child as unknown[]).length > 0);
}

describe("any input", () => {
  const key = fc
    .string({ maxLength: 8, minLength: 1, unit: "grapheme" })
    .filter((text) => !/[[\]\0]/.test(text));
  const leaf = fc
    .string({ maxLength: 20, unit: "grapheme" })
    .filter((text) => !text.includes("\0"));
  const wire = fc.letrec<{ node: Wire }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small", maxDepth: 5 },
      leaf,
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(key, tie("node"), { maxKeys: 4 }),
    ),
  })).node;

  test("what a Stripe SDK encodes comes back as it was", () => {
    fc.assert(
      fc.property(fc.dictionary(key, wire, { maxKeys: 5 }), (parameters) => {
        const body = Object.entries(parameters).flatMap(([name, value]) => encode(value, name));
        fc.pre(body.length <= formLimits.parameterCountMax);
        expect(parsed(body.join("&"))).toEqual(tree(parameters));
      }),
      { numRuns: 500 },
    );
  });

  test("only ever parses or throws a FormError", () => {
    const piece = fc.constantFrom(
      "a",
      "b",
      "[",
      "]",
      "[]",
      "=",
      "&",
      "%5B",
      "%",
      "%ff",
      "+",
      "0",
      "\0",
      "é",
      "__proto__",
    );
    const noise = fc.oneof(
      fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join(""))),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(noise, (body) => {
        expect(typeof faultOf(body)).toBe("string");
      }),
      { numRuns: 2000 },
    );
  });
});
