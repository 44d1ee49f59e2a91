/**
 * What usually happens to a body between the wire and the code that verifies it, undone one by one: each candidate is
 * what may have been sent, with what was then done to it. A change that cannot be undone, such as a cut, is only
 * suspected.
 */
import type { Finding } from "./finding.ts";
import {
  endsEarly,
  type JsonHabits,
  type JsonLayout,
  type JsonText,
  readJson,
  withHabits,
  writeJson,
} from "./json-text.ts";

/** What may have been sent, and what then became of it. */
export interface Candidate {
  readonly sent: Buffer;
  readonly finding: Finding;
}

/** A body above this is not written again in every style, so that a doctor's visit stays short. */
const rewrittenBytesMax = 128 * 1024;

const rawBytes =
  "Verify the bytes of the request as they arrive, before anything reads them as text or JSON.";

/** From the likely to the rare; made as they are asked for. */
export function* candidatesOf(payload: Buffer): Generator<Candidate> {
  const text = payload.toString("utf8");
  yield* lineEndCandidates(text);
  for (const { text: sent, finding } of decodings(payload, text)) {
    yield { finding, sent: Buffer.from(sent) };
  }
  if (payload.length > rewrittenBytesMax) return;
  yield* rewritten(text.replace(/^\ufeff/, ""), null);
  for (const { text: sent, finding } of decodings(payload, text)) yield* rewritten(sent, finding);
}

/** What can be seen of a body whose signature nothing explains. */
export function suspicions(payload: Buffer): Finding[] {
  const text = payload.toString("utf8");
  const trimmed = text.trim();
  if (trimmed === "") return [emptyBody];
  if (/^(\{\}|\[object \w+\]|undefined|null)$/.test(trimmed)) return [placeholder];
  const json = payload.length > rewrittenBytesMax ? null : readJson(trimmed);
  const found: Finding[] = [];
  if (text.includes("\ufffd")) found.push(lostCharacters);
  if (json === null && endsEarly(trimmed)) found.push(cutBody(payload.length));
  const writer = json === null ? null : writerOf(json, trimmed);
  if (writer !== null) found.push(looksRewritten(writer));
  return found;
}

const emptyBody: Finding = {
  code: "body_empty",
  sentence: `The body is empty: something else has read it already. ${rawBytes}`,
};
const placeholder: Finding = {
  code: "body_already_parsed",
  sentence: `The body is not what was sent but what a parsed or missing body looks like as text. ${rawBytes}`,
};
const lostCharacters: Finding = {
  code: "body_characters_lost",
  sentence: `Some characters of the body were replaced by U+FFFD, so it was decoded in pieces or in the wrong encoding. ${rawBytes}`,
};

function cutBody(length: number): Finding {
  return {
    code: "body_truncated",
    sentence: `The body ends in the middle of its JSON, after ${length} bytes: read all that Content-Length announces, counted in bytes and not in characters.`,
  };
}

function looksRewritten(writer: string): Finding {
  return {
    code: "body_maybe_reserialized",
    sentence: `The body is written as ${writer} writes JSON, so it may have been parsed and serialized again. ${rawBytes}`,
  };
}

function* lineEndCandidates(text: string): Generator<Candidate> {
  const withoutEnd = withoutLineEnds(text);
  if (withoutEnd !== text) {
    yield changed(withoutEnd, {
      code: "line_end_added",
      sentence:
        "A line end was added at the end of the body, as editors and echo do: verify it without.",
    });
  }
  for (const end of ["\n", "\r\n"]) {
    yield changed(`${withoutEnd}${end}`, {
      code: "line_end_removed",
      sentence: `The line end at the end of the body was removed. ${rawBytes}`,
    });
  }
  const unix = text.replace(/\r\n/g, "\n");
  for (const [ends, sent] of [
    ["LF to CRLF", unix],
    ["LF to CRLF, with one added at the end", withoutLineEnds(unix)],
    ["CRLF to LF", unix.replace(/\n/g, "\r\n")],
  ] as const) {
    if (sent === text) continue;
    yield changed(sent, {
      code: "line_ends_changed",
      sentence: `The line ends of the body were changed from ${ends}: copy it in binary mode, and verify the bytes as they arrive.`,
    });
  }
  const trimmed = text.replace(/^\ufeff/, "").trim();
  if (text.startsWith("\ufeff")) {
    const finding = {
      code: "byte_order_mark_added",
      sentence: "A byte order mark was put in front of the body: save it as UTF-8 without one.",
    };
    yield changed(text.slice(1), finding);
    yield changed(trimmed, finding);
  }
  yield changed(trimmed, {
    code: "whitespace_added",
    sentence: `Blanks or empty lines were added around the body. ${rawBytes}`,
  });
}

/** By hand, because a pattern that is anchored at the end only takes quadratic time. */
function withoutLineEnds(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\n" || (text[end - 1] === "\r" && end < text.length)) end -= 1;
  return text.slice(0, end);
}

function changed(sent: string, finding: Finding): Candidate {
  return { finding, sent: Buffer.from(sent) };
}

interface Decoding {
  readonly text: string;
  readonly finding: Finding;
}

/** The body in another dress: decoded wrongly, or encoded once more. */
function* decodings(payload: Buffer, text: string): Generator<Decoding> {
  const asLatin1 = {
    code: "body_decoded_as_latin1",
    sentence: `The body is UTF-8 and was decoded as Latin-1 or Windows-1252. ${rawBytes}`,
  };
  if (/[\u0080-\uffff]/.test(text)) {
    yield { finding: asLatin1, text: Buffer.from(text, "latin1").toString("utf8") };
    yield { finding: asLatin1, text: windows1252Bytes(text).toString("utf8") };
    const finding = {
      code: "body_encoded_as_latin1",
      sentence: `The body was written in Latin-1, and it was sent in UTF-8. ${rawBytes}`,
    };
    yield { finding, text: payload.toString("latin1") };
  }
  const trimmed = text.trim();
  if (/^[\w+/\s-]+={0,2}$/.test(trimmed)) {
    const finding = {
      code: "body_still_base64",
      sentence:
        "The body is still in base64, as API gateways hand it over (isBase64Encoded): decode it first.",
    };
    yield { finding, text: Buffer.from(trimmed, "base64").toString("utf8") };
  }
  const inner = innerText(trimmed);
  if (inner !== null) {
    const finding = {
      code: "body_stringified_twice",
      sentence: `The body is a JSON string that holds the JSON which was sent: it was serialized once more. ${rawBytes}`,
    };
    yield { finding, text: inner };
  }
}

/** What Windows-1252 has where Latin-1 has control characters. */
const windows1252 = new Map(
  Array.from({ length: 32 }, (_, offset) => {
    const byte = 0x80 + offset;
    return [new TextDecoder("windows-1252").decode(Uint8Array.of(byte)), byte] as const;
  }),
);

function windows1252Bytes(text: string): Buffer {
  return Buffer.from(
    Array.from(text, (character) => windows1252.get(character) ?? character.charCodeAt(0) & 0xff),
  );
}

function innerText(text: string): string | null {
  if (!text.startsWith('"')) return null;
  try {
    return String(JSON.parse(text));
  } catch {
    return null;
  }
}

interface Writer {
  readonly name: string;
  readonly layout: JsonLayout;
}

const writers: readonly Writer[] = [
  { name: "JSON.stringify(…, null, 2)", layout: { colon: ": ", comma: ",", indent: "  " } },
  { name: "JSON.stringify", layout: { colon: ":", comma: ",", indent: null } },
  { name: "Python's json.dumps", layout: { colon: ": ", comma: ", ", indent: null } },
  {
    name: "a serializer that indents by four",
    layout: { colon: ": ", comma: ",", indent: "    " },
  },
  { name: "a serializer that indents by tabs", layout: { colon: ": ", comma: ",", indent: "\t" } },
];
const stringForms = ["as they are", "plain", "ascii"] as const;

/** The same JSON in every style, as what may have been sent. */
function* rewritten(text: string, before: Finding | null): Generator<Candidate> {
  const json = readJson(text);
  if (json === null || typeof json === "string") return;
  const now = writerOf(json, text.trim());
  for (const hasSortedKeys of [false, true]) {
    for (const strings of stringForms) {
      const habits = { hasSortedKeys, strings };
      const meant = withHabits(json, habits);
      for (const { name, layout } of writers) {
        const finding = before ?? reserialized({ ...habits, name, now });
        yield { finding, sent: Buffer.from(writeJson(meant, layout)) };
      }
    }
  }
}

interface Rewriting extends JsonHabits {
  readonly name: string;
  readonly now: string | null;
}

function reserialized({ name, now, hasSortedKeys, strings }: Rewriting): Finding {
  const details = [
    hasSortedKeys ? " with its keys in alphabetical order" : "",
    strings === "ascii" ? " with all but ASCII escaped" : "",
  ].join("");
  const is = now === null ? "and now is written otherwise" : `and now is as ${now} writes it`;
  return {
    code: "body_reserialized",
    sentence: `The body was parsed and serialized again: it was sent as ${name} writes it${details}, ${is}. ${rawBytes}`,
  };
}

/** Who writes JSON just like this; null when nobody who is known does. */
function writerOf(json: JsonText, text: string): string | null {
  for (const strings of ["plain", "ascii"] as const) {
    const meant = withHabits(json, { hasSortedKeys: false, strings });
    const writer = writers.find(({ layout }) => writeJson(meant, layout) === text);
    if (writer === undefined) continue;
    const isAscii = strings === "ascii" && /\\u[0-9a-f]{4}/.test(text);
    return isAscii ? `${writer.name} with all but ASCII escaped` : writer.name;
  }
  return null;
}
