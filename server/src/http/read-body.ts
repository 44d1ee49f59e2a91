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

/** @throws BodyTooLarge, with everything that had arrived zeroed; or the socket's error. */
export function readBody(stream: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const drop = (error: Error): void => {
      for (const piece of pieces) piece.fill(0);
      pieces.length = 0;
      reject(error);
    };
    stream.on("data", (piece: Buffer) => {
      size += piece.length;
      if (size > bytesMax) {
        piece.fill(0);
        drop(new BodyTooLarge());
        // The rest is read and thrown away, so that the answer can still be sent.
        stream.removeAllListeners("data").resume();
        return;
      }
      pieces.push(piece);
    });
    stream.once("error", drop);
    stream.once("aborted", () => drop(new Error("the request was cut off")));
    stream.once("end", () => resolve(joined(pieces)));
  });
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const whole = Buffer.concat(pieces);
  for (const piece of pieces) piece.fill(0);
  return whole;
}
