/**
 * One HTTP request as the tests send it, and its answer with nothing hidden: status, headers as sent, and the bytes of
 * the body. It retries nothing and follows nothing.
 */
import { Agent, type IncomingHttpHeaders, request } from "node:http";

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
/** No answer of the server takes longer in a test; one that does is a hang. */
const timeoutMs = 20_000;

export interface Sent {
  readonly method?: "GET" | "POST" | "DELETE" | "PUT" | "PATCH" | "HEAD" | "OPTIONS";
  readonly path: string;
  /** The API key; null sends no Authorization. */
  readonly key: string | null;
  /** Bracketed names and their values, or a body to be sent as it is. */
  readonly form?: Form | string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Form = Readonly<Record<string, string | number>>;

/** The fields that tests read most; any other is there too. */
export interface Wire {
  readonly id: string;
  readonly object: string;
  readonly amount: number;
  readonly data: readonly Wire[];
  readonly error: Readonly<Record<string, string>>;
  readonly has_more: boolean;
  readonly [name: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as text. */
  readonly text: string;
  /** The body as JSON; an empty object when it is empty. */
  readonly body: Wire;
}

export const encoded = (form: Form): string =>
  new URLSearchParams(
    Object.entries(form).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();

/** @param url where the server is, without a path. */
export function send(url: string, sent: Sent): Promise<Answer> {
  const { form, key } = sent;
  const body = form === undefined || typeof form === "string" || Buffer.isBuffer(form);
  const bytes = body ? form : encoded(form);
  const method = sent.method ?? (form === undefined ? "GET" : "POST");
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      agent,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(bytes === undefined
          ? {}
          : {
              "content-length": Buffer.byteLength(bytes),
              "content-type": "application/x-www-form-urlencoded",
            }),
        ...sent.headers,
      },
      host: hostname,
      method,
      // Not through URL, which would tidy what a test means to send.
      path: sent.path,
      port,
      timeout: timeoutMs,
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`${method} ${sent.path} hung`)));
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({
          body: (text === "" ? {} : JSON.parse(text)) as Wire,
          headers: incoming.headers,
          status: incoming.statusCode ?? 0,
          text,
        });
      });
    });
    outgoing.end(bytes);
  });
}

/** A card that is fine in every way, as parameters of `POST /v1/tokens`. */
export const cardForm = (number = "4242424242424242", cvc = "123"): Form => ({
  "card[cvc]": cvc,
  "card[exp_month]": 12,
  "card[exp_year]": new Date().getUTCFullYear() + 2,
  "card[number]": number,
});
