/**
 * Reads one HTTP/1.1 answer at a time from a connection that never has two under way. It does as little as it can,
 * because what the load generator spends on an answer it takes from the server's turn: a body is copied only when the
 * caller asked for it, or when the status is not 200 and somebody has to be told why.
 */

export interface Answer {
  readonly status: number;
  /** Null unless it was asked for, or the status is not 200. */
  readonly body: Buffer | null;
}

export interface AnswerReader {
  /** Says whether the body of the next answer is wanted. */
  expect(isBodyWanted: boolean): void;
  /** Takes the bytes that came; they may be overwritten once it returns. @throws Error on what is not an answer. */
  read(chunk: Buffer): void;
}

const headEnd = Buffer.from("\r\n\r\n");
/** What ends a chunked body. JSON text holds no carriage return, so a body cannot contain it. */
const lastChunk = "\r\n0\r\n\r\n";

/** @param onAnswer called once for each whole answer. */
export function createAnswerReader(onAnswer: (answer: Answer) => void): AnswerReader {
  let head: Buffer | null = null;
  let isInBody = false;
  let isWanted = false;
  let isChunked = false;
  let status = 0;
  let bytesLeft = 0;
  let ending = "";
  let kept: Buffer[] = [];

  const finish = (): void => {
    isInBody = false;
    const whole = isWanted ? Buffer.concat(kept) : null;
    kept = [];
    onAnswer({ body: whole !== null && isChunked ? joinChunks(whole) : whole, status });
  };

  const readBody = (part: Buffer): void => {
    if (isWanted) kept.push(Buffer.from(part));
    if (isChunked) {
      const tail = part.toString("latin1", Math.max(0, part.length - lastChunk.length));
      ending = (ending + tail).slice(-lastChunk.length);
      if (ending === lastChunk) finish();
      return;
    }
    bytesLeft -= part.length;
    if (bytesLeft < 0) throw new Error("The server sent more bytes than it announced.");
    if (bytesLeft === 0) finish();
  };

  const readHead = (chunk: Buffer): void => {
    const bytes = head === null ? chunk : Buffer.concat([head, chunk]);
    const end = bytes.indexOf(headEnd);
    if (end < 0) {
      head = Buffer.from(bytes);
      return;
    }
    head = null;
    const text = bytes.toString("latin1", 0, end);
    if (!text.startsWith("HTTP/1.1 ")) throw new Error(`This is not HTTP/1.1: ${text}`);
    status = Number(text.slice(9, 12));
    const announced = /\r\ncontent-length: *(\d+)/i.exec(text);
    isChunked = announced === null;
    bytesLeft = Number(announced?.[1] ?? 0);
    ending = "\r\n";
    isWanted ||= status !== 200;
    isInBody = true;
    readBody(bytes.subarray(end + headEnd.length));
  };

  return {
    expect: (isBodyWanted) => {
      isWanted = isBodyWanted;
    },
    read: (chunk) => (isInBody ? readBody(chunk) : readHead(chunk)),
  };
}

function joinChunks(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let at = 0;
  while (at < body.length) {
    const lineEnd = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.toString("latin1", at, lineEnd), 16);
    if (!(size > 0)) break;
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(chunks);
}
