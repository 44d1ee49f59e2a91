/**
 * Answers what is no HTTP request at all, or came too slowly or with headers too large, before the socket is closed.
 */
import type { Socket } from "node:net";

const answers: Readonly<Record<string, readonly [status: string, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "The request took too long to arrive."],
  HPE_HEADER_OVERFLOW: [
    "431 Request Header Fields Too Large",
    "The request's headers are too large.",
  ],
};
const malformed = ["400 Bad Request", "The request is not well-formed HTTP."] as const;

export function malformedRequest(error: Error & { code?: string }, socket: Socket): void {
  if (socket.destroyed || !socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [status, message] = answers[error.code ?? ""] ?? malformed;
  const body = `${JSON.stringify({ error: { message, type: "invalid_request_error" } }, null, 2)}\n`;
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
