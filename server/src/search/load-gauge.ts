/**
 * Whether the server has much else to do: the share of time in which its event loop was busy. Work that can wait asks
 * before it goes on, so that requests keep the processor.
 */
import { type EventLoopUtilization, performance } from "node:perf_hooks";

/** Of the time since the last look. */
const busyShare = 0.5;
/** A shorter look would tell of the work that asks, not of the requests beside it. */
const windowMs = 500;

export function createLoadGauge(): () => boolean {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  let isBusy = false;
  return () => {
    const now = performance.eventLoopUtilization();
    const since = performance.eventLoopUtilization(now, last);
    if (since.active + since.idle >= windowMs) {
      isBusy = since.utilization > busyShare;
      last = now;
    }
    return isBusy;
  };
}
