/**
 * Reads a request body without leaving copies of it behind: a body that came in one piece is handed over as that very
 * buffer, and the pieces of a longer one are zeroed once they are joined, so that the vault's cut reaches the only copy.
 */
import type { IncomingMessage } from "node:http";

/** The body is larger than it may be. */
class BodyTooLarge extends Error {
  readonly statusCode = 413;
  constructor() {
    super("the request body is too large");
    this.name = "BodyTooLarge";
  }
}

/** Called once, with the body or with the reason why there is none. */
export type BodyRead = (error: Error | null, body?: Buffer) => void;

/**
 * @param done called once: with the body, or with the reason why there is none (too large, cut off), when everything
 * that had arrived is zeroed. A callback, because a promise a request costs more than reading a short body.
 */
export function readBody(stream: IncomingMessage, bytesMax: number, done: BodyRead): void {
  const pieces: Buffer[] = [];
  let size = 0;
  let isOver = false;
  const drop = (error: Error): void => {
    if (isOver) return;
    isOver = true;
    for (const piece of pieces) piece.fill(0);
    done(error);
  };
  stream.on("data", (piece: Buffer) => {
    size += piece.length;
    // What comes after the limit is read and thrown away, so that the answer can still be sent.
    if (isOver || size > bytesMax) {
      piece.fill(0);
      drop(new BodyTooLarge());
      return;
    }
    pieces.push(piece);
  });
  stream.on("error", drop);
  stream.on("end", () => {
    if (isOver) return;
    isOver = true;
    done(null, joined(pieces));
  });
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const whole = Buffer.concat(pieces);
  for (const piece of pieces) piece.fill(0);
  return whole;
}
