/**
 * How a request with a card in it travels to a processor: through a function in this process, or over HTTP to one fixed
 * address. Both are named once, at start; a request chooses a destination by name and can never name an address.
 */
import type { HttpTransport } from "./http-transport.ts";
import type { JsonBody } from "./request-filling.ts";

/** A request as its author writes it: a body of JSON values in which `cardSlots` stand for the card. */
export type EgressRequest = {
  readonly method: string;
  /** Absolute path, with query if any; the origin is the destination's. */
  readonly path: string;
  readonly body: JsonBody;
};

/** A processor in this process: a synchronous function of the request with the card filled in, JSON values both ways. */
export type InProcessTransport = (request: {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}) => {
  readonly status: number;
  readonly body: unknown;
};

export type Transport = InProcessTransport | HttpTransport;
