/**
 * Where a delivery may go. What is refused is refused by its address, in whatever spelling it came: a literal once the
 * URL is parsed, a name once it is resolved, a socket once it is connected. Only public unicast is open to everybody;
 * loopback and private networks are the operator's to open, and link-local, where clouds keep their keys, is never.
 */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

export interface SendingPolicy {
  /** Opens loopback (127.0.0.0/8, ::1), RFC 1918 and unique local addresses. */
  readonly allowPrivate: boolean;
  readonly requireTls: boolean;
}

export type RefusalReason = "url_invalid" | "tls_required" | "port_refused" | "address_refused";

/** Why nothing was sent: a value, because the URL is the other side's. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** One plain sentence that shows neither path, query nor credentials. */
  readonly message: string;
}

/** A URL taken apart, when its spelling alone refuses nothing. */
export interface Target {
  readonly protocol: "http:" | "https:";
  /** `https://example.com:8443`; IPv6 in brackets. */
  readonly origin: string;
  /** A name, or an address without brackets. */
  readonly hostname: string;
  readonly isLiteral: boolean;
  readonly port: number;
  readonly path: string;
  /** The value of `Authorization` when the URL held a user name or a password. */
  readonly authorization: string | null;
}

/** Above 1023, those that browsers refuse as well: what listens there obeys what is written in a body. */
const refusedPorts = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
  6679, 6697, 10080,
]);
const firstUserPort = 1024;
const standardPorts = { "http:": 80, "https:": 443 };

/** Azure and AWS answer questions about the machine there, at a public and at a unique local address. */
const machineAddresses = new Set([
  "168.63.129.16",
  "fd00:ec2::254",
  "fd00:ec2::253",
  "fd00:ec2::23",
]);
/** All that was ever given out of IPv6; ipaddr.js calls what it does not know unicast, such as `4000::1`. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");
const privateRanges = new Set(["loopback", "private", "uniqueLocal"]);

/** Judges a URL by its spelling. A name is judged again by what it resolves to. */
export function judgeUrl(url: string, policy: SendingPolicy): Target | Refusal {
  const parsed = URL.parse(url);
  if (parsed === null) return refusal("url_invalid", "The URL of the endpoint cannot be read.");
  const { protocol } = parsed;
  if (protocol !== "https:" && protocol !== "http:") {
    return refusal("url_invalid", "The URL of the endpoint must begin with https:// or http://.");
  }
  if (protocol === "http:" && policy.requireTls) {
    return refusal("tls_required", "The URL of the endpoint must begin with https://.");
  }
  const port = parsed.port === "" ? standardPorts[protocol] : Number(parsed.port);
  if (!portIsOpen(port)) {
    return refusal(
      "port_refused",
      `Deliveries are not sent to port ${port}: use 443, 80 or one of 1024 and above.`,
    );
  }
  const hostname = parsed.hostname.replace(/^\[|\]$/g, "");
  const isLiteral = isIP(hostname) !== 0;
  const refused = isLiteral ? judgeAddress(hostname, policy) : null;
  if (refused !== null) return refused;
  return {
    authorization: basicAuthorization(parsed),
    hostname,
    isLiteral,
    origin: parsed.origin,
    path: `${parsed.pathname}${parsed.search}`,
    port,
    protocol,
  };
}

/**
 * Judges one address, as text of either family.
 * @returns null when it may be sent to.
 */
export function judgeAddress(address: string, policy: SendingPolicy): Refusal | null {
  const range = addressRange(address);
  if (range === "unicast") return null;
  if (policy.allowPrivate && privateRanges.has(range)) return null;
  const kind = rangeNames[range] ?? "not a public address";
  return refusal("address_refused", `Deliveries are not sent to ${address}: it is ${kind}.`);
}

export function isRefusal(judged: object): judged is Refusal {
  return "reason" in judged;
}

/** In the words of a sentence; what is not here is some other special range. */
const rangeNames: Readonly<Record<string, string>> = {
  carrierGradeNat: "an address of a carrier's own network",
  linkLocal: "a link-local address",
  loopback: "a loopback address",
  multicast: "a multicast address",
  private: "a private address",
  uniqueLocal: "a private address",
  unspecified: "an unspecified address",
};

/** ipaddr.js's name of the range, "unicast" only for what is publicly routed. IPv4 inside of IPv6 is judged as IPv4. */
function addressRange(text: string): string {
  if (!ipaddr.isValid(text)) return "invalid";
  const address = ipaddr.process(text);
  if (machineAddresses.has(address.toString())) return "machine";
  const range = address.range();
  if (range !== "unicast" || address.kind() === "ipv4") return range;
  return address.match(globalUnicast) ? range : "reserved";
}

function portIsOpen(port: number): boolean {
  return port === 80 || port === 443 || (port >= firstUserPort && !refusedPorts.has(port));
}

/** The user name and the password of a URL are what HTTP's Basic scheme is for; they never stand in a message. */
function basicAuthorization({ username, password }: URL): string | null {
  if (username === "" && password === "") return null;
  const pair = `${percentDecoded(username)}:${percentDecoded(password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

/** As it stands when it is no valid percent encoding, because URLs may hold a bare `%`. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refusal(reason: RefusalReason, message: string): Refusal {
  return { message, reason };
}
