/**
 * Opens one connection to an endpoint: resolves its name, judges every address, connects to those only, and judges the
 * socket's own peer once more before a byte is written. A name that resolves differently the second time gains
 * nothing, because what was judged is what is connected to. Name, connection and TLS share one limit of time.
 */
import { readFileSync } from "node:fs";
import { connect as connectTcp, isIPv6, type LookupFunction, type Socket } from "node:net";
import {
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type SecureContext,
} from "node:tls";
import { judgeAddress, type SendingPolicy, type Target } from "./address-guard.ts";
import type { Failure } from "./outcome.ts";
import { codeOf, type Resolve } from "./resolver.ts";

/** Why there is no connection. Thrown through the client, and told to the caller as a value. */
export class ConnectFailure extends Error {
  override readonly name = "ConnectFailure";
  readonly failure: Failure;

  constructor(failure: Failure, cause?: unknown) {
    super(failure.message, { cause });
    this.failure = failure;
  }
}

export interface ConnectorOptions {
  /** PEM certificates that are trusted besides Node's own. */
  readonly caFile?: string | undefined;
  readonly resolve: Resolve;
  readonly connectTimeoutMs: number;
}

/** Who is connected to, and under which rules. */
export interface Destination {
  readonly target: Target;
  readonly policy: SendingPolicy;
  /** The same for all that may share connections. */
  readonly poolKey: string;
}

export function destinationOf(target: Target, policy: SendingPolicy): Destination {
  const poolKey = policy.allowPrivate ? `private ${target.origin}` : target.origin;
  return { policy, poolKey, target };
}

/** One attempt to connect. */
export interface Connecting {
  /** @throws ConnectFailure */
  readonly connected: Promise<Socket>;
  /** Ends the attempt, if it is still going on. */
  cancel(): void;
}

export type Connect = (destination: Destination) => Connecting;

/** @throws when the file cannot be read or holds no certificate. */
export function createConnector({ caFile, resolve, connectTimeoutMs }: ConnectorOptions): Connect {
  const secureContext = trusting(caFile);
  return (destination) => {
    const attempt: Attempt = { phase: "name", socket: null };
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => deadline.reject(new ConnectFailure(timeouts[attempt.phase])),
      connectTimeoutMs,
    );
    const work = establish({ attempt, destination, resolve, secureContext });
    const connected = Promise.race([work, deadline.promise]).finally(() => clearTimeout(timer));
    // Whoever comes second is too late: a socket that nobody waits for is closed.
    const close = (): void => {
      attempt.phase = "over";
      attempt.socket?.destroy();
    };
    connected.catch(close);
    work.catch(() => undefined);
    return {
      cancel: () => deadline.reject(new ConnectFailure(timeouts.over)),
      connected,
    };
  };
}

interface Attempt {
  phase: "name" | "connection" | "tls" | "over";
  socket: Socket | null;
}

interface Establishing {
  readonly attempt: Attempt;
  readonly destination: Destination;
  readonly resolve: Resolve;
  readonly secureContext: SecureContext | undefined;
}

const timeouts: Readonly<Record<Attempt["phase"], Failure>> = {
  connection: {
    message: "The endpoint did not accept a connection in time.",
    reason: "connect_timeout",
  },
  name: {
    message: "The endpoint's host name could not be resolved in time.",
    reason: "dns_failed",
  },
  over: { message: "The delivery was called off.", reason: "canceled" },
  tls: {
    message: "The endpoint accepted a connection but did not complete TLS in time.",
    reason: "connect_timeout",
  },
};

async function establish({
  attempt,
  destination,
  resolve,
  secureContext,
}: Establishing): Promise<Socket> {
  const { target, policy } = destination;
  const addresses = await judgedAddresses(destination, resolve);
  if (attempt.phase === "over") throw new ConnectFailure(timeouts.over);
  attempt.phase = "connection";
  const socket = connectTcp({
    autoSelectFamily: true,
    host: target.hostname,
    lookup: pinned(addresses),
    noDelay: true,
    port: target.port,
  });
  attempt.socket = quiet(socket);
  await happened(socket, "connect").catch((error: unknown) => {
    throw new ConnectFailure(connectionFailure(error), error);
  });
  // A peer that is gone already has no address.
  if (socket.remoteAddress === undefined) throw new ConnectFailure(gone);
  const refused = judgeAddress(socket.remoteAddress, policy);
  if (refused !== null) {
    socket.destroy();
    throw new ConnectFailure(refused);
  }
  if (target.protocol === "http:") return socket;
  attempt.phase = "tls";
  const secured = connectTls({
    ALPNProtocols: ["http/1.1"],
    host: target.hostname,
    ...(secureContext === undefined ? {} : { secureContext }),
    // Server Name Indication knows names only; a certificate for an address is checked against the host.
    ...(target.isLiteral ? {} : { servername: target.hostname }),
    socket,
  });
  attempt.socket = quiet(secured);
  await happened(secured, "secureConnect").catch((error: unknown) => {
    throw new ConnectFailure(tlsFailure(error), error);
  });
  return secured;
}

/** The addresses of a name, when not one of them is refused; an address itself was judged with its URL. */
async function judgedAddresses(
  { target, policy }: Destination,
  resolve: Resolve,
): Promise<readonly string[]> {
  if (target.isLiteral) return [target.hostname];
  const addresses = await resolve(target.hostname).catch((error: unknown) => {
    throw new ConnectFailure(unresolved, error);
  });
  if (addresses.length === 0) throw new ConnectFailure(unresolved);
  for (const address of addresses) {
    const refused = judgeAddress(address, policy);
    if (refused !== null) throw new ConnectFailure(refused);
  }
  return addresses;
}

const unresolved: Failure = {
  message: "The endpoint's host name could not be resolved.",
  reason: "dns_failed",
};

/** Answers with what was judged, whatever the name means by now. */
function pinned(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_hostname, { all }, answer) => {
    const [first] = found;
    if (all || first === undefined) answer(null, found);
    else answer(null, first.address, first.family);
  };
}

/** An error may come while nobody waits, and without a listener it would end the process. */
function quiet(socket: Socket): Socket {
  return socket.on("error", () => undefined);
}

/** Waits for an event of a socket that is being connected; an error or an end before it rejects. */
function happened(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error?: Error): void => {
      socket.off("close", failed).off(event, succeeded);
      reject(error ?? new Error("The socket was closed."));
    };
    const succeeded = (): void => {
      socket.off("error", failed).off("close", failed);
      resolve();
    };
    socket.once("error", failed).once("close", failed).once(event, succeeded);
  });
}

function connectionFailure(error: unknown): Failure {
  return connectionFailures[codeOf(error) ?? ""] ?? unreachable;
}

const unreachable: Failure = {
  message: "No way to the endpoint's address was found.",
  reason: "unreachable",
};
const gone: Failure = {
  message: "The endpoint closed the connection as soon as it was made.",
  reason: "reset",
};
const exhausted: Failure = {
  message: "This server has no socket left to connect with; the endpoint was not asked.",
  reason: "sender_exhausted",
};
const connectionFailures: Readonly<Record<string, Failure>> = {
  EADDRNOTAVAIL: exhausted,
  ECONNREFUSED: {
    message: "The endpoint's machine refused the connection: nothing listens on this port.",
    reason: "connection_refused",
  },
  ECONNRESET: gone,
  EMFILE: exhausted,
  ENFILE: exhausted,
  ENOBUFS: exhausted,
  ETIMEDOUT: timeouts.connection,
};

function tlsFailure(error: unknown): Failure {
  const code = codeOf(error) ?? "";
  const cause = tlsCauses[code] ?? "no TLS connection could be made";
  const shown = code === "" ? "" : ` (${code})`;
  return { message: `The endpoint is not trusted: ${cause}${shown}.`, reason: "tls_failed" };
}

const selfSigned = "its certificate is self-signed or its authority is unknown";
const incomplete =
  "its certificate's authority is unknown, or an intermediate certificate is missing";
const tlsCauses: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  ECONNRESET: "it closed the connection before TLS was complete",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS on this port",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host name",
  SELF_SIGNED_CERT_IN_CHAIN: selfSigned,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: incomplete,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: incomplete,
};

/** One context for all connections: reading the authorities again for each would cost milliseconds. */
function trusting(caFile: string | undefined): SecureContext | undefined {
  if (caFile === undefined) return undefined;
  const own = readFileSync(caFile, "utf8");
  if (!own.includes("-----BEGIN CERTIFICATE-----")) {
    throw new Error(`The file of certificate authorities holds no certificate: ${caFile}.`);
  }
  return createSecureContext({ ca: [...getCACertificates("default"), own] });
}
