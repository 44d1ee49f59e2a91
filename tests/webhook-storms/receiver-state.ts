/**
 * What a storm's receivers tell of themselves.
 */

export const badKinds = ["error", "hang", "drip", "reset", "redirect", "slow", "refused"] as const;
export type BadKind = (typeof badKinds)[number];

/** A delivery as its receiver saw it. */
export interface Came {
  /** System milliseconds. */
  readonly firstMs: number;
  /** The id of the object that the event was of. */
  readonly object: string;
  /** The path of the endpoint. */
  readonly path: string;
  readonly times: number;
}

export interface ReceiverState {
  /** Deliveries that came to healthy endpoints. */
  readonly count: number;
  readonly came: readonly (readonly [delivery: string, Came])[];
  /** Requests whose signature did not verify. */
  readonly unverified: number;
  /** Requests that bad endpoints saw. */
  readonly badRequests: number;
}
