/**
 * What is kept of a measurement of sending webhooks, on one database with so many workers beside the server.
 */

export interface WebhookFigures {
  readonly database: "sqlite" | "postgres";
  readonly workers: number;
  /** Of a backlog of committed deliveries, from the first that came to the last. */
  readonly deliveries_per_second: number;
  /** The same per second of CPU time of the senders and their database, where that is known. */
  readonly deliveries_per_cpu_second: number;
  /** What undici alone does on the same core with the same bodies. */
  readonly bare_per_cpu_second: number;
  readonly share_of_bare: number;
  /** From the making of a delivery's row to its arrival, while charges come at half of what the server takes. */
  readonly latency_p50_ms: number;
  readonly latency_p99_ms: number;
  readonly latency_charges_per_second: number;
  readonly memory_mb: number;
}
