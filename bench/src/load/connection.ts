/**
 * One keep-alive connection with one request under way at a time, straight on a socket: an HTTP client would cost the
 * core that it shares more than most of the servers it measures.
 */
import { connect } from "node:net";
import { type Answer, createAnswerReader } from "./answer-reader.ts";

export interface Connection {
  /** Sends a request and waits for its answer. One at a time. @throws Error when the connection breaks. */
  ask(request: string, isBodyWanted: boolean): Promise<Answer>;
  close(): void;
}

const receiveBytes = 64 * 1024;

/** @param port on 127.0.0.1. @throws Error when nobody listens there. */
export function openConnection(port: number): Promise<Connection> {
  let resolveAnswer: ((answer: Answer) => void) | undefined;
  let rejectAnswer: ((error: Error) => void) | undefined;
  const reader = createAnswerReader((answer) => resolveAnswer?.(answer));
  const socket = connect({
    host: "127.0.0.1",
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(receiveBytes),
      callback: (length, bytes) => {
        try {
          reader.read(Buffer.from(bytes.buffer, bytes.byteOffset, length));
        } catch (error) {
          rejectAnswer?.(error as Error);
        }
        return true;
      },
    },
    port,
  });
  const connection: Connection = {
    ask: (request, isBodyWanted) =>
      new Promise((resolve, reject) => {
        resolveAnswer = resolve;
        rejectAnswer = reject;
        reader.expect(isBodyWanted);
        socket.write(request, "latin1");
      }),
    close: () => socket.destroy(),
  };
  return new Promise((resolve, reject) => {
    rejectAnswer = reject;
    socket.once("connect", () => resolve(connection));
    socket.on("error", (error) => rejectAnswer?.(error));
    socket.on("close", () => rejectAnswer?.(new Error("The server closed the connection.")));
  });
}
