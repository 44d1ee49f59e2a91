/**
 * One delivery on its way: borrows a connection, writes the request, reads the answer as far as it may, and settles
 * once, at the latest when its time is up. A connection is given back only after a whole answer; in all other cases
 * its socket is closed, so that nothing of this delivery is ever read as the answer to the next.
 */
import type { Dispatcher } from "undici";
import type { SendingPolicy } from "./address-guard.ts";
import { type Connection, type Connections, noneFree } from "./connections.ts";
import { ConnectFailure, type Destination } from "./connector.ts";
import {
  exchangeFailure,
  type Failure,
  type Outcome,
  type Response,
  redirects,
} from "./outcome.ts";

export interface SendRequest {
  readonly url: string;
  /** Sent as it is, to the last byte. */
  readonly body: Buffer;
  /** All but Host, Content-Length, Connection and the Authorization that the URL may hold. */
  readonly headers: Readonly<Record<string, string>>;
  readonly policy: SendingPolicy;
  /** Ends the delivery as a failure `canceled`. */
  readonly signal?: AbortSignal | undefined;
}

export interface DeliveryParts {
  readonly connections: Connections;
  readonly limits: DeliveryLimits;
  readonly monotonicNow: () => number;
  /** What calls off each delivery that is under way. */
  readonly underWay: Set<() => void>;
}

export interface DeliveryLimits {
  /** For all of it, waiting for a free connection included. */
  readonly totalTimeoutMs: number;
  /** For that waiting alone: who gets a connection has most of the total left for the endpoint. */
  readonly waitingTimeoutMs: number;
  readonly responseBytesMax: number;
}

interface Delivery {
  readonly parts: DeliveryParts;
  readonly request: SendRequest;
  readonly destination: Destination;
  readonly startedAt: number;
  readonly settle: (outcome: Outcome) => void;
  readonly reject: (bug: Error) => void;
  connection: Connection | null;
  stopWaiting: () => void;
  stopTimer: () => void;
  callOff: () => void;
  isSettled: boolean;
  /** Of this connection and of one before it. */
  mayHaveArrived: boolean;
  isSecondTry: boolean;
  status: number;
  headers: Response["headers"];
  pieces: Buffer[];
  byteCount: number;
  isBodyCut: boolean;
}

/** A kept connection that is closed later than this was not closed while it idled: the endpoint read the request. */
const lateCloseMs = 1_000;
const emptyBody = Buffer.alloc(0);
const nothing = (): void => undefined;

export function deliver(
  parts: DeliveryParts,
  request: SendRequest,
  destination: Destination,
): Promise<Outcome> {
  return new Promise((settle, reject) => {
    const delivery: Delivery = {
      byteCount: 0,
      callOff: nothing,
      connection: null,
      destination,
      headers: {},
      isBodyCut: false,
      isSecondTry: false,
      isSettled: false,
      mayHaveArrived: false,
      parts,
      pieces: [],
      reject,
      request,
      settle,
      startedAt: parts.monotonicNow(),
      status: 0,
      stopTimer: nothing,
      stopWaiting: nothing,
    };
    if (request.signal?.aborted) {
      fail(delivery, canceled);
      return;
    }
    delivery.callOff = () => fail(delivery, canceled);
    parts.underWay.add(delivery.callOff);
    limitTime(delivery);
    borrow(delivery);
  });
}

const canceled: Failure = { message: "The delivery was called off.", reason: "canceled" };
const timeUp: Failure = {
  message: "The endpoint did not complete its answer in the time that a delivery may take.",
  reason: "total_timeout",
};

/** The one limit that nothing renews, and the caller's own wish to end. */
function limitTime(delivery: Delivery): void {
  const { signal } = delivery.request;
  const timer = setTimeout(fail, delivery.parts.limits.totalTimeoutMs, delivery, timeUp);
  if (signal === undefined) {
    delivery.stopTimer = () => clearTimeout(timer);
    return;
  }
  const cancel = (): void => fail(delivery, canceled);
  signal.addEventListener("abort", cancel);
  delivery.stopTimer = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  };
}

function borrow(delivery: Delivery): void {
  const { connections, limits } = delivery.parts;
  const leaveQueue = connections.borrow({
    destination: delivery.destination,
    granted: (connection) => {
      delivery.stopWaiting();
      delivery.connection = connection;
      write(delivery, connection);
    },
    mayHaveIdled: !delivery.isSecondTry,
    refused: (failure) => fail(delivery, failure),
  });
  if (leaveQueue === null) return;
  const timer = setTimeout(fail, limits.waitingTimeoutMs, delivery, noneFree);
  delivery.stopWaiting = () => {
    clearTimeout(timer);
    leaveQueue();
  };
}

function write(delivery: Delivery, connection: Connection): void {
  const { request } = delivery;
  const { target } = delivery.destination;
  const headers =
    target.authorization === null
      ? request.headers
      : { ...request.headers, Authorization: target.authorization };
  connection.client.dispatch(
    { body: request.body, headers, method: "POST", path: target.path },
    answerReader(delivery, connection),
  );
}

function answerReader(delivery: Delivery, connection: Connection): Dispatcher.DispatchHandler {
  const { responseBytesMax } = delivery.parts.limits;
  return {
    onRequestStart() {
      delivery.mayHaveArrived = true;
    },
    onResponseStart(_controller, status, headers) {
      // 1xx announce an answer and are none.
      if (status < 200) return;
      delivery.status = status;
      delivery.headers = headers;
    },
    onResponseData(_controller, piece) {
      if (delivery.isSettled) return;
      const room = responseBytesMax - delivery.byteCount;
      delivery.byteCount += piece.length;
      delivery.pieces.push(piece.length > room ? piece.subarray(0, room) : piece);
      if (piece.length <= room) return;
      delivery.isBodyCut = true;
      answered(delivery, connection);
    },
    onResponseEnd() {
      if (!delivery.isSettled) answered(delivery, connection);
    },
    onResponseError(_controller, error) {
      if (!delivery.isSettled) broken(delivery, error);
    },
  };
}

function answered(delivery: Delivery, connection: Connection): void {
  const response = responseOf(delivery);
  if (redirects.has(response.status)) {
    end(delivery, failedOutcome(delivery, redirected(response.status)));
  } else {
    end(delivery, { durationMs: durationMs(delivery), kind: "answered", ...response });
  }
  if (delivery.isBodyCut) connection.discard();
  else connection.giveBack();
}

function redirected(status: number): Failure {
  return {
    message: `The endpoint answered with a redirect (${status}), which is not followed: give the endpoint the final URL.`,
    reason: "redirect",
  };
}

/** The connection failed, or never came to be. */
function broken(delivery: Delivery, error: Error): void {
  const { connection } = delivery;
  if (error instanceof ConnectFailure) {
    fail(delivery, error.failure);
    return;
  }
  if ("code" in error && error.code === "UND_ERR_INVALID_ARG") {
    abandon(delivery, error);
    return;
  }
  const failure = exchangeFailure(error);
  // An endpoint may close a connection that idles at any time; that is no failure of this delivery.
  const wasClosedWhileIdle =
    failure.reason === "reset" &&
    delivery.status === 0 &&
    connection !== null &&
    connection.deliveryCount > 0 &&
    durationMs(delivery) <= lateCloseMs;
  if (!wasClosedWhileIdle || delivery.isSecondTry) {
    fail(delivery, failure);
    return;
  }
  delivery.isSecondTry = true;
  delivery.connection = null;
  connection?.discard();
  borrow(delivery);
}

/** What was handed over cannot be sent at all: a bug of ours, so it is thrown. */
function abandon(delivery: Delivery, cause: Error): void {
  const { connection } = delivery;
  stop(delivery);
  connection?.discard();
  delivery.reject(new Error("A delivery was handed over that HTTP cannot carry.", { cause }));
}

function fail(delivery: Delivery, failure: Failure): void {
  const { connection } = delivery;
  end(delivery, failedOutcome(delivery, failure));
  connection?.discard();
}

function end(delivery: Delivery, outcome: Outcome): void {
  if (delivery.isSettled) return;
  stop(delivery);
  delivery.settle(outcome);
}

function stop(delivery: Delivery): void {
  delivery.isSettled = true;
  delivery.parts.underWay.delete(delivery.callOff);
  delivery.stopTimer();
  delivery.stopWaiting();
  delivery.connection = null;
}

function failedOutcome(delivery: Delivery, { reason, message }: Failure): Outcome {
  const hasAnswer = delivery.status !== 0;
  const during = delivery.mayHaveArrived ? "during" : "before";
  return {
    durationMs: durationMs(delivery),
    kind: "failed",
    mayHaveArrived: delivery.mayHaveArrived,
    message,
    reason,
    response: hasAnswer ? responseOf(delivery) : null,
    stage: hasAnswer ? "after" : during,
  };
}

function responseOf({ status, headers, pieces, isBodyCut }: Delivery): Response {
  // Copied even when it is one piece, so that an attempt that is kept does not keep the socket's whole buffer.
  const body = pieces.length === 0 ? emptyBody : Buffer.concat(pieces);
  return { body, headers, isBodyCut, status };
}

function durationMs({ parts, startedAt }: Delivery): number {
  return parts.monotonicNow() - startedAt;
}
