/**
 * What a piece of work costs this thread. A bound on it holds on a machine whose cores others use, where a bound on the
 * time that passes fails by chance.
 */

/** @returns the processor time this thread spent in `work`, user's and system's, in milliseconds */
export function cpuMsOf(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
