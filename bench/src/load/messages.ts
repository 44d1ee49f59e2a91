/**
 * What the bench and its load generator, which is a process of its own on a core of its own, say to each other.
 */
import type { FillName, OperationName, Target } from "./requests.ts";

export interface LoadJob {
  readonly operation: OperationName | FillName;
  /** How long to ask, or how many times. */
  readonly until: { readonly seconds: number } | { readonly requests: number };
  /** Whether the charges that are made are remembered, to be asked for later. */
  readonly isRemembered?: boolean;
}

export interface LoadResult {
  readonly requests: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What the load generator itself spent. */
  readonly generatorCpuSeconds: number;
  /** Charges remembered for this target so far. */
  readonly stored: number;
}

export type Order =
  | { readonly kind: "connect"; readonly target: Target; readonly connections: number }
  | { readonly kind: "run"; readonly job: LoadJob }
  | { readonly kind: "disconnect" };

export type Reply =
  | { readonly kind: "done"; readonly result: LoadResult | null }
  | { readonly kind: "progress"; readonly answered: number }
  | { readonly kind: "failed"; readonly message: string };
