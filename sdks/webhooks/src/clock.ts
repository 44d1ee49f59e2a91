/**
 * The one reader of this machine's clock in the library. PostgreSQL's inbox does not ask it: processes on several
 * machines share that one, so its leases go by the database's clock.
 */

/** @returns epoch milliseconds. */
export function nowMs(): number {
  return Date.now();
}
