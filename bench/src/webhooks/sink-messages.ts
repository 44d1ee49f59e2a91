/**
 * What the bench and its sink say to each other.
 */

export type SinkOrder =
  /** Forgets what came. */
  | { readonly kind: "forget" }
  /** Asks what came so far. */
  | { readonly kind: "tell"; readonly withTimes: boolean }
  /** Charges for a while: as many a second, or as many as are answered where that is null. */
  | {
      readonly kind: "charge";
      readonly url: string;
      readonly secretKey: string;
      readonly perSecond: number | null;
      readonly seconds: number;
    };

export type SinkReport =
  | { readonly kind: "ready"; readonly port: number }
  | SinkState
  | {
      readonly kind: "charged";
      readonly answered: number;
      readonly seconds: number;
      /** An answer that was not 200; null: there was none. */
      readonly problem: string | null;
    };

export interface SinkState {
  readonly kind: "state";
  /** Deliveries, each once. */
  readonly count: number;
  /** Deliveries that came again. */
  readonly copies: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Bytes of the last body. */
  readonly bodySize: number;
  readonly cpuSeconds: number;
  /** Where it was asked for: each delivery's id and when it came, in system milliseconds. */
  readonly came: readonly (readonly [id: string, ms: number])[];
}
