/**
 * Whether the server has much else to do: the share of a moment in which its event loop was busy. Work that can wait
 * asks before it goes on, so that requests keep the processor. It rests during that moment, or it would find itself.
 */
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";

const restMs = 10;
/** Of the rest. */
const busyShare = 0.5;

/** Rests for a moment. @returns whether others needed the processor meanwhile. */
export async function isServerBusy(): Promise<boolean> {
  const before = performance.eventLoopUtilization();
  await setTimeout(restMs);
  return performance.eventLoopUtilization(before).utilization > busyShare;
}
