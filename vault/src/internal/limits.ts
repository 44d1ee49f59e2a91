/**
 * Every bound of the vault with its unit and default. Nothing in the vault grows without one of these: what is held
 * beyond a bound is dropped, oldest first, and zeroed.
 */

export type Limits = {
  /** How long a handle may be used after its card came in. A request that takes longer has lost its card. */
  handleLifetimeMs: number;
  /** Live handles at once; the oldest is dropped to make room. */
  handleCountMax: number;
  /** How long a CVC waits in memory for its authorization (PCI DSS 3.3.2; 15 minutes at most). */
  cvcLifetimeMs: number;
  /** How long a CVC outlives a reply when the caller asked to keep it until its transaction has committed. */
  cvcSettleMs: number;
  /** CVCs waiting at once; the oldest is dropped to make room. */
  cvcCountMax: number;
  /** Seals under one data key before a new version is made. Random GCM nonces are safe to 2^32 (NIST SP 800-38D). */
  sealsPerKeyMax: number;
  /** Seals promised to a key by one durable write, so that a crash can only count too many, never too few. */
  sealsPerReservation: number;
};

export const defaultLimits: Limits = {
  handleLifetimeMs: 60_000,
  handleCountMax: 10_000,
  cvcLifetimeMs: 15 * 60_000,
  cvcSettleMs: 5_000,
  cvcCountMax: 100_000,
  sealsPerKeyMax: 2 ** 30,
  sealsPerReservation: 2 ** 20,
};
