/**
 * A mail server that takes everything and keeps it: enough of SMTP for one client that speaks it properly.
 */
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface MailServer {
  /** `smtp://…` */
  readonly url: string;
  /** Each whole, the envelope's addressees first; what was folded or encoded for the way is made one line again. */
  readonly mails: string[];
  close(): void;
}

const greetings: readonly (readonly [RegExp, string])[] = [
  [/^(?:EHLO|HELO) /i, "250 mail.test"],
  [/^(?:MAIL|RCPT) /i, "250 OK"],
  [/^DATA$/i, "354 go on"],
  [/^QUIT$/i, "221 bye"],
];

export async function startMailServer(): Promise<MailServer> {
  const mails: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    converse(socket, mails);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
    mails,
    url: `smtp://127.0.0.1:${port}`,
  };
}

function converse(socket: Socket, mails: string[]): void {
  let mail: string[] = [];
  let isInBody = false;
  let rest = "";
  const heard = (line: string): void => {
    if (isInBody && line === ".") {
      isInBody = false;
      mails.push(unfolded(mail));
      mail = [];
      socket.write("250 kept\r\n");
      return;
    }
    // A line that begins with a dot comes with one more.
    if (isInBody || /^RCPT /i.test(line)) mail.push(line.replace(/^\.\./, "."));
    if (isInBody) return;
    isInBody = /^DATA$/i.test(line);
    const [, answer = "502 what?"] = greetings.find(([known]) => known.test(line)) ?? [];
    socket.write(`${answer}\r\n`);
  };
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString("utf8")}`.split("\r\n");
    rest = lines.pop() ?? "";
    for (const line of lines) heard(line);
  });
  socket.write("220 mail.test ESMTP\r\n");
}

const unfolded = (lines: readonly string[]): string =>
  lines.join("\n").replaceAll("=\n", "").replaceAll("\n ", " ").replaceAll("=3D", "=");
