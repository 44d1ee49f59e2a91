/**
 * The simulator as a processor: in this process, where an authorization is a function that may run inside a
 * transaction, or as a process of its own behind HTTP. Card numbers go through the vault's egress only: what is written
 * here holds placeholders. It stands in for a processor in test mode and refuses live mode.
 */
import { createSimulator, type Simulator } from "@istripe/simulator";
import type { CardToSend, Egress, EgressRequest } from "@istripe/vault";
import { request as httpRequest } from "undici";
import type { Authorization, Outcome, Processor } from "../processor.ts";
import { readOutcome, unknown } from "./reply.ts";

export interface SimulatorProcessorOptions {
  /** Where a simulator runs as its own process; without it one is made in this process. */
  readonly url?: string | null;
  /** How long the other process may take to answer. */
  readonly timeoutMs?: number;
  /** In process: the simulator to use, for tests that make it fail. */
  readonly simulator?: Simulator;
}

const destination = "simulator";
const authorizationsPath = "/authorizations";
const timeoutMsDefault = 10_000;
const replyBytesMax = 64 * 1024;
/** Acquirers compare the beginning of an address only. */
const addressCharactersMax = 200;

/** @throws Error when the egress already has a simulator, or `url` is not one that a card may be sent to. */
export function createSimulatorProcessor(
  egress: Egress,
  options: SimulatorProcessorOptions = {},
): Processor {
  const { url, timeoutMs = timeoutMsDefault } = options;
  return typeof url === "string"
    ? overHttp(egress, { url, timeoutMs })
    : inProcess(egress, options.simulator ?? createSimulator());
}

function inProcess(egress: Egress, simulator: Simulator): Processor {
  egress.allow({ name: destination, transport: simulator.handle });
  const authorizeOnce = (authorization: Authorization, cvcAfterReply: "wipe" | "keep"): Outcome => {
    const sending = { destination, cvcAfterReply, ...sendingOf(authorization) };
    const { status, body } = egress.sendNow(sending);
    return readOutcome(status, body);
  };
  return {
    name: destination,
    authorizeNow: (authorization) => authorizeOnce(authorization, "keep"),
    forgetCvc: (authorization) => egress.forgetCvc(cardOf(authorization)),
    authorize: async (authorization) => authorizeOnce(authorization, "wipe"),
    find: async (reference, livemode) => {
      refuseLivemode(livemode);
      const { status, body } = simulator.handle({
        method: "GET",
        path: pathOf(reference),
        body: "",
      });
      return status === 404 ? "absent" : readOutcome(status, body);
    },
  };
}

function overHttp(
  egress: Egress,
  at: { readonly url: string; readonly timeoutMs: number },
): Processor {
  egress.allow({ name: destination, transport: at });
  const origin = at.url.replace(/\/$/, "");
  return {
    name: destination,
    authorize: async (authorization) => {
      const answer = await egress.send({ destination, ...sendingOf(authorization) });
      if (answer.kind === "reply") return readOutcome(answer.status, answer.body);
      const reason = answer.kind === "refused" ? "garbled" : answer.kind;
      return unknown(reason, answer.mayHaveArrived);
    },
    find: async (reference, livemode) => {
      refuseLivemode(livemode);
      const answer = await read(origin + pathOf(reference), at.timeoutMs);
      if (typeof answer === "string") return unknown(answer);
      return answer.status === 404 ? "absent" : readOutcome(answer.status, answer.body);
    },
  };
}

/** The request with the card still missing. The vault fills the placeholders in. */
function sendingOf(authorization: Authorization): { card: CardToSend; request: EgressRequest } {
  refuseLivemode(authorization.livemode);
  const { reference, amount, currency, capture, cvcGiven } = authorization;
  const terms = JSON.stringify({ reference, amount, currency, capture });
  const cvc = cvcGiven ? '"{{card.cvc}}","cvc_state":"given"' : "null";
  const expiry = `"exp_month":${authorization.expMonth},"exp_year":${authorization.expYear}`;
  const line1 = userText(authorization.addressLine1);
  const address = `"address_line1":${line1},"address_zip":${userText(authorization.addressZip)}`;
  const card = `{"number":"{{card.number}}",${expiry},"cvc":${cvc},${address}}`;
  const body = `${terms.slice(0, -1)},"card":${card}}`;
  return {
    card: cardOf(authorization),
    request: { method: "POST", path: authorizationsPath, body },
  };
}

/**
 * What a user wrote, as JSON in which no placeholder can be read: an address that spells `{{card.number}}` stays an
 * address.
 */
function userText(text: string | null): string {
  if (text === null) return "null";
  return JSON.stringify(text.slice(0, addressCharactersMax)).replaceAll("{", "\\u007b");
}

function cardOf({ card, accountId, livemode }: Authorization): CardToSend {
  return card.kind === "handle"
    ? { handle: card.handle }
    : { sealed: card.sealed, binding: { accountId, livemode, reference: card.cardId } };
}

function refuseLivemode(livemode: boolean): void {
  if (livemode) throw new Error("The simulator never stands in for a processor in live mode.");
}

const pathOf = (reference: string): string =>
  `${authorizationsPath}/${encodeURIComponent(reference)}`;

type ReadFailure = "timeout" | "unreachable" | "garbled";

/** A question without a card in it, so it needs no egress. The time covers the whole exchange. */
async function read(
  url: string,
  timeoutMs: number,
): Promise<{ status: number; body: string } | ReadFailure> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { statusCode, body } = await httpRequest(url, { signal });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > replyBytesMax) return "garbled";
      chunks.push(chunk);
    }
    return { status: statusCode, body: Buffer.concat(chunks).toString("utf8") };
  } catch {
    return signal.aborted ? "timeout" : "unreachable";
  }
}
