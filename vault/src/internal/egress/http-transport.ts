/**
 * Sends a filled request to a processor over HTTP. The origin is fixed when the destination is allowed, redirects are
 * not followed, time and reply size are capped, and the bytes that held the card are zeroed when the exchange ends.
 * What goes wrong outside is a value that says whether the request may have reached the other side.
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";

/** A processor reached over HTTP. */
export type HttpTransport = {
  /** Origin and path prefix, such as `https://acquirer.example/v2`. Plain http is for loopback addresses only. */
  readonly url: string;
  /** Sent with every request, such as the processor's own credentials. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whole exchange: connecting, headers and body. Default 10,000. */
  readonly timeoutMs?: number;
  /** A certificate authority to trust instead of the system's, PEM. */
  readonly ca?: string;
};

/**
 * `unreachable`: no connection, or it broke. `timeout`: no whole reply in time. `refused`: a reply came that the vault
 * does not take (too long, or not HTTP). `mayHaveArrived`: whether the processor may have acted on the request.
 */
export type DeliveryFailure = {
  readonly kind: "unreachable" | "timeout" | "refused";
  readonly mayHaveArrived: boolean;
};

type Delivery = { readonly kind: "reply"; readonly status: number; readonly body: string };

export type HttpSender = {
  send(request: {
    method: string;
    path: string;
    body: Buffer;
  }): Promise<Delivery | DeliveryFailure>;
  close(): void;
};

const defaultTimeoutMs = 10_000;
const replyBytesMax = 64 * 1024;
const socketCountMax = 64;
/** Less than the 5 seconds after which common servers close: a reused connection that was just closed is an unknown outcome. */
const idleSocketMs = 4_000;
const methodPattern = /^(GET|POST|PUT|PATCH|DELETE)$/;
const pathPattern = /^\/[\x21-\x7e]*$/;

function isLoopback(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  if (isIP(address) === 4) return address.startsWith("127.");
  return address === "::1" || hostname === "localhost";
}

/** Checks a destination's address. Throws for anything but https, or http on loopback (PCI DSS 4.2.1). */
function originOf(transport: HttpTransport): URL {
  const url = new URL(transport.url);
  const isPlain = url.protocol === "http:" && isLoopback(url.hostname);
  if (url.protocol !== "https:" && !isPlain) {
    throw new Error(
      "A processor must be reached over https (http is for loopback addresses only).",
    );
  }
  if (url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new Error("A processor's URL may hold an origin and a path only.");
  }
  return url;
}

/** Whether the request's first bytes may have left: a reused connection counts at once, a new one when it is up. */
function watchConnection(request: ClientRequest, isEncrypted: boolean): () => boolean {
  let isUp = false;
  request.once("socket", (socket: Socket) => {
    if (request.reusedSocket) isUp = true;
    else socket.once(isEncrypted ? "secureConnect" : "connect", () => (isUp = true));
  });
  return () => isUp;
}

/** Reads a reply up to the cap. `undefined` in place of a body means that it was longer. */
function readReply(response: IncomingMessage, done: (body: string | undefined) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  response.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > replyBytesMax) done(undefined);
    else chunks.push(chunk);
  });
  response.on("end", () => {
    done(Buffer.concat(chunks).toString("utf8"));
    for (const chunk of chunks) chunk.fill(0);
  });
}

/** Prepares an allowed destination. Throws if its address is not one that a card may be sent to. */
export function createHttpSender(transport: HttpTransport): HttpSender {
  const url = originOf(transport);
  const isEncrypted = url.protocol === "https:";
  const agentOptions = { keepAlive: true, maxSockets: socketCountMax, timeout: idleSocketMs };
  // Not an import: one of node:http has Node load its WebSocket and fetch as well, 35 ms of every start.
  const http = process.getBuiltinModule("node:http");
  const https = process.getBuiltinModule("node:https");
  const agent = isEncrypted
    ? new https.Agent({ ...agentOptions, minVersion: "TLSv1.2" })
    : new http.Agent(agentOptions);
  const prefix = url.pathname.replace(/\/$/, "");
  const timeoutMs = transport.timeoutMs ?? defaultTimeoutMs;
  const base = {
    agent,
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? undefined : url.port,
    ...(transport.ca === undefined ? {} : { ca: transport.ca }),
  };

  function open(sending: { method: string; path: string; body: Buffer }): ClientRequest {
    const options = {
      ...base,
      method: sending.method,
      path: prefix + sending.path,
      headers: {
        ...transport.headers,
        accept: "application/json",
        "content-type": "application/json",
        "content-length": sending.body.length,
      },
    };
    return isEncrypted ? https.request(options) : http.request(options);
  }

  async function send(sending: { method: string; path: string; body: Buffer }) {
    const { method, path, body } = sending;
    if (!methodPattern.test(method) || !pathPattern.test(path)) {
      body.fill(0);
      throw new Error("A request to a processor needs an HTTP method and an absolute path.");
    }
    const request = open(sending);
    const isUp = watchConnection(request, isEncrypted);
    let isComplete = false;
    try {
      return await new Promise<Delivery | DeliveryFailure>((resolve) => {
        const fail = (kind: DeliveryFailure["kind"]) => resolve({ kind, mayHaveArrived: isUp() });
        const timer = setTimeout(() => fail("timeout"), timeoutMs);
        request.once("close", () => {
          clearTimeout(timer);
          fail("unreachable");
        });
        request.on("error", (error: NodeJS.ErrnoException) => {
          fail(error.code?.startsWith("HPE_") ? "refused" : "unreachable");
        });
        request.on("response", (response) => {
          readReply(response, (text) => {
            if (text === undefined) fail("refused");
            else resolve({ kind: "reply", status: response.statusCode ?? 0, body: text });
            isComplete = text !== undefined;
          });
          response.on("error", () => fail("unreachable"));
        });
        request.end(body);
      });
    } finally {
      // A finished exchange leaves its connection to the next one, any other is cut.
      if (!isComplete) request.destroy();
      body.fill(0);
    }
  }

  return { send, close: () => agent.destroy() };
}
