/**
 * A server under measurement, whoever made it.
 */
import type { Target } from "../load/requests.ts";

export type PeerName = "istripe" | "stripe-mock" | "localstripe" | "fastify";
/** Where it keeps what it is told; `none` when it answers the same to all. */
export type DatabaseName = "sqlite" | "postgres" | "memory" | "none";

export interface Server {
  readonly peer: PeerName;
  readonly database: DatabaseName;
  readonly target: Target;
  /** The process that answers, and what it starts. */
  readonly processId: number;
  /** The database's first process, when it has processes of its own. */
  readonly databaseProcessId: number | null;
  /** Where Node's inspector listens; null: it does not. */
  readonly inspectorUrl: string | null;
  /** How many charges are stored before anything is measured; null: it stores none. */
  readonly fill: number | null;
  /** Bytes that the stored data takes now; null where that has no meaning. */
  storedBytes(): Promise<number | null>;
  /**
   * Whether it has nothing under way in its database; absent where that does not matter. Stopped in the middle of a
   * transaction it would find later that its database has given up waiting.
   */
  isAtRest?(): Promise<boolean>;
  stop(): Promise<void>;
}

/** A peer that this machine cannot run, and why. It is named in every report. */
export interface AbsentPeer {
  readonly peer: PeerName;
  readonly reason: string;
}

/** What progress and reports call it. */
export const nameOf = ({ peer, database, fill }: Server): string =>
  peer === "istripe" ? `iStripe on ${database} (${fill})` : peer;
