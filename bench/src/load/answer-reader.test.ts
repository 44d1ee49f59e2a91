/** What the load generator reads from a socket is one whole answer at a time, however its bytes arrive. */
import { describe, expect, it } from "vitest";
import { type Answer, createAnswerReader } from "./answer-reader.ts";

const plain = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 11\r\nX: y\r\n\r\n{"id":"ch"}');
const chunked = Buffer.from(
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"id\r\n7\r\n":"ch"}\r\n0\r\n\r\n',
);

function read(bytes: Buffer, step: number, isBodyWanted = true): Answer[] {
  const answers: Answer[] = [];
  const reader = createAnswerReader((answer) => answers.push(answer));
  reader.expect(isBodyWanted);
  for (let at = 0; at < bytes.length; at += step) reader.read(bytes.subarray(at, at + step));
  return answers;
}

describe.each([
  ["of announced length", plain],
  ["in chunks", chunked],
])("an answer %s", (_name, bytes) => {
  it.each([1, 2, 3, 7, 1000])("is read once when it arrives %i bytes at a time", (step) => {
    const answers = read(bytes, step);
    expect(answers.map(({ status, body }) => [status, body?.toString()])).toEqual([
      [200, '{"id":"ch"}'],
    ]);
  });

  it("leaves its body behind when nobody wants it", () => {
    expect(read(bytes, 5, false)).toEqual([{ body: null, status: 200 }]);
  });
});

describe("an answer reader", () => {
  it("keeps the body of an error, so that the run can say why it ended", () => {
    const error = Buffer.from("HTTP/1.1 402 No\r\ncontent-length: 4\r\n\r\noops");
    const [answer] = read(error, 3, false);
    expect([answer?.status, answer?.body?.toString()]).toEqual([402, "oops"]);
  });

  it("keeps what it was given when the socket's buffer is used again", () => {
    const answers: Answer[] = [];
    const reader = createAnswerReader((answer) => answers.push(answer));
    reader.expect(true);
    const shared = Buffer.alloc(plain.length);
    for (const part of [plain.subarray(0, 20), plain.subarray(20, 50), plain.subarray(50)]) {
      part.copy(shared);
      reader.read(shared.subarray(0, part.length));
      shared.fill(0);
    }
    expect(answers[0]?.body?.toString()).toBe('{"id":"ch"}');
  });

  it("refuses bytes beyond the announced length, which would be taken for the next answer", () => {
    expect(() => read(Buffer.concat([plain, Buffer.from("x")]), 1000)).toThrow(/more bytes/);
  });

  it("refuses what is not HTTP", () => {
    expect(() => read(Buffer.from("SSH-2.0-x\r\n\r\n"), 1000)).toThrow(/not HTTP/);
  });
});
