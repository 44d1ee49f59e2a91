/**
 * Bytes on a socket as no HTTP client would send them, and whatever comes back. Always ends: when the server closes, or
 * after a bound that a test takes for a hang.
 */
import { connect } from "node:net";

export interface Exchange {
  /** Everything the server sent. */
  readonly text: string;
  readonly tookMs: number;
  /** Whether the server closed the connection; else the bound ran out. */
  readonly isClosed: boolean;
}

export interface ExchangeOptions {
  /** Waits this long before each next piece. */
  readonly pauseMs?: number;
  readonly boundMs?: number;
}

const boundMsDefault = 5000;

/** @param pieces written one after another; the connection is then left open for the server to close. */
export function exchange(
  url: string,
  pieces: readonly (string | Buffer)[],
  options: ExchangeOptions = {},
): Promise<Exchange> {
  const { boundMs = boundMsDefault, pauseMs = 0 } = options;
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const end = (isClosed: boolean): void => {
      clearTimeout(bound);
      clearTimeout(next);
      socket.destroy();
      const text = Buffer.concat(chunks).toString("latin1");
      resolve({ isClosed, text, tookMs: performance.now() - startedMs });
    };
    const bound = setTimeout(() => end(false), boundMs);
    let next: NodeJS.Timeout | undefined;
    const write = (index: number): void => {
      const piece = pieces[index];
      if (piece === undefined || socket.destroyed) return;
      socket.write(piece, () => {
        next = setTimeout(() => write(index + 1), pauseMs);
      });
    };
    socket.on("connect", () => write(0));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    // A reset is a way to close, too: what had been sent by then is kept.
    socket.on("error", () => undefined);
    socket.on("close", () => end(true));
  });
}

/** The statuses of all answers in a text, in order. */
export const statusesOf = (text: string): number[] =>
  [...text.matchAll(/(?:^|\r\n\r\n|\}\n?)HTTP\/1\.1 (\d{3}) /g)].map(([, status]) =>
    Number(status),
  );
