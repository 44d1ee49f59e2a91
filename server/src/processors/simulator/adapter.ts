/**
 * The simulator as a processor: in this process, where what is asked is a function that may run inside a transaction,
 * or as a process of its own behind HTTP. Card numbers go through the vault's egress only: what is written here holds
 * slots for them. It stands in for a processor in test mode and refuses live mode.
 */
import { createSimulator, type Simulator } from "@istripe/simulator";
import type { Egress } from "@istripe/vault";
import type { Authorization, Outcome, Processor, Verification } from "../processor.ts";
import type { Unknown } from "../unknown.ts";
import { cardOf, cardRequest } from "./card-request.ts";
import { exchange } from "./exchange.ts";
import { readCapture, readRefund, readRelease } from "./modification-reply.ts";
import {
  captureRequest,
  collections,
  findRequest,
  type PlainRequest,
  refundRequest,
  releaseRequest,
} from "./modification-request.ts";
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
const timeoutMsDefault = 10_000;

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

/** Reads a status and a body. */
type Read<Result> = (status: number, body: unknown) => Result;

function inProcess(egress: Egress, simulator: Simulator): Processor {
  egress.allow({ name: destination, transport: simulator.handle });
  const authorize = (authorization: Authorization, cvcAfterReply: "wipe" | "keep"): Outcome => {
    const { status, body } = egress.sendNow({
      destination,
      cvcAfterReply,
      ...cardRequest(authorization),
    });
    return readOutcome(status, body);
  };
  const ask = <Result>(request: PlainRequest, read: Read<Result>): Result => {
    const { status, body } = simulator.handle(request);
    return read(status, body);
  };
  const finder =
    <Result>(collection: string, read: Read<Result>) =>
    async (reference: string, livemode: boolean): Promise<Result | "absent"> =>
      ask(findRequest(collection, reference, livemode), unlessAbsent(read));
  return {
    name: destination,
    authorizeNow: (authorization) => authorize(authorization, "keep"),
    verifyNow: (verification) => authorize(forNothing(verification), "keep"),
    captureNow: (capture) => ask(captureRequest(capture), readCapture),
    releaseNow: (release) => ask(releaseRequest(release), readRelease),
    refundNow: (refund) => ask(refundRequest(refund), readRefund),
    forgetCvc: (used) => egress.forgetCvc(cardOf(used)),
    authorize: async (authorization) => authorize(authorization, "wipe"),
    verify: async (verification) => authorize(forNothing(verification), "wipe"),
    capture: async (capture) => ask(captureRequest(capture), readCapture),
    release: async (release) => ask(releaseRequest(release), readRelease),
    refund: async (refund) => ask(refundRequest(refund), readRefund),
    find: finder(collections.authorization, readOutcome),
    findCapture: finder(collections.capture, readCapture),
    findRelease: finder(collections.release, readRelease),
    findRefund: finder(collections.refund, readRefund),
  };
}

function overHttp(
  egress: Egress,
  { url, timeoutMs }: { readonly url: string; readonly timeoutMs: number },
): Processor {
  egress.allow({ name: destination, transport: { url, timeoutMs } });
  const at = { origin: url.replace(/\/$/, ""), timeoutMs };
  const authorize = async (authorization: Authorization): Promise<Outcome> => {
    const answer = await egress.send({ destination, ...cardRequest(authorization) });
    if (answer.kind === "reply") return readOutcome(answer.status, answer.body);
    const reason = answer.kind === "refused" ? "garbled" : answer.kind;
    return unknown(reason, answer.mayHaveArrived);
  };
  const ask = async <Result>(
    request: PlainRequest,
    read: Read<Result>,
  ): Promise<Result | Unknown> => {
    const answer = await exchange(at, request);
    return answer.kind === "reply" ? read(answer.status, answer.body) : answer;
  };
  const finder =
    <Result>(collection: string, read: Read<Result>) =>
    async (reference: string, livemode: boolean): Promise<Result | Unknown | "absent"> => {
      const answer = await exchange(at, findRequest(collection, reference, livemode));
      // A question that never arrived says nothing of what it asks about.
      return answer.kind === "reply"
        ? unlessAbsent(read)(answer.status, answer.body)
        : unknown(answer.reason);
    };
  return {
    name: destination,
    authorize,
    verify: async (verification) => authorize(forNothing(verification)),
    capture: async (capture) => ask(captureRequest(capture), readCapture),
    release: async (release) => ask(releaseRequest(release), readRelease),
    refund: async (refund) => ask(refundRequest(refund), readRefund),
    find: finder(collections.authorization, readOutcome),
    findCapture: finder(collections.capture, readCapture),
    findRelease: finder(collections.release, readRelease),
    findRefund: finder(collections.refund, readRefund),
  };
}

/** A verification is an authorization of nothing. */
const forNothing = (verification: Verification): Authorization => ({
  ...verification,
  amount: 0,
  capture: false,
});

const unlessAbsent =
  <Result>(read: Read<Result>): Read<Result | "absent"> =>
  (status, body) =>
    status === 404 ? "absent" : read(status, body);
