/**
 * What processes cost, read from Linux's /proc: CPU time of a process with all its threads and children, memory, and
 * bytes sent to disk. On other systems these are not known, and null says so.
 */
import { readdirSync, readFileSync } from "node:fs";

export interface Cost {
  readonly cpuSeconds: number;
  /** Bytes of memory pages that were made dirty for the disk; null where this user may not know. */
  readonly dirtiedBytes: number | null;
  /** Bytes given to write calls, sockets included; null where this user may not know. */
  readonly writeCallBytes: number | null;
}

/** The unit of CPU times in /proc on every Linux platform that Node runs on. */
const ticksPerSecond = 100;

/** A process and all its descendants. Empty where there is no /proc. */
export function processTree(roots: readonly number[]): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const id of processIds()) {
    const fields = statFields(id);
    if (fields === null) continue;
    const parent = Number(fields[1]);
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), id]);
  }
  const found = [...roots];
  for (const id of found) found.push(...(childrenOf.get(id) ?? []));
  return found;
}

/** What a process and its descendants, ended ones included, have cost so far. Null where it cannot be known. */
export function costOf(root: number): Cost | null {
  if (process.platform !== "linux") return null;
  let ticks = 0;
  let dirtiedBytes: number | null = 0;
  let writeCallBytes: number | null = 0;
  for (const id of processTree([root])) {
    const fields = statFields(id);
    if (fields === null) continue;
    // utime, stime, and the same of children that have ended.
    for (const field of fields.slice(11, 15)) ticks += Number(field);
    dirtiedBytes = sum(dirtiedBytes, readNumber(`/proc/${id}/io`, /^write_bytes: (\d+)$/m));
    writeCallBytes = sum(writeCallBytes, readNumber(`/proc/${id}/io`, /^wchar: (\d+)$/m));
  }
  return { cpuSeconds: ticks / ticksPerSecond, dirtiedBytes, writeCallBytes };
}

/** CPU time of each thread of a process and its descendants, by thread, in nanoseconds. */
export type FineCpu = ReadonlyMap<string, number>;

/** For what takes less than a tick. Null where it cannot be known. */
export function fineCpuOf(root: number): FineCpu | null {
  if (process.platform !== "linux") return null;
  const spent = new Map<string, number>();
  for (const id of processTree([root])) {
    for (const thread of threadsOf(id)) {
      const text = readText(`/proc/${id}/task/${thread}/schedstat`)?.split(" ")[0];
      if (text !== undefined) spent.set(thread, Number(text));
    }
  }
  return spent.size === 0 ? null : spent;
}

/** CPU seconds between two looks, without what threads spent that ended in between. */
export function fineCpuBetween(before: FineCpu | null, after: FineCpu | null): number | null {
  if (before === null || after === null) return null;
  let nanoseconds = 0;
  for (const [thread, spent] of after) nanoseconds += spent - (before.get(thread) ?? 0);
  return nanoseconds / 1e9;
}

/** None when the process has ended. */
function threadsOf(id: number): string[] {
  try {
    return readdirSync(`/proc/${id}/task`);
  } catch {
    return [];
  }
}

/** Null when either is not known. */
export const sum = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a + b;

/** Resident memory of one process in bytes; null where it cannot be known. */
export function residentBytes(processId: number): number | null {
  const kilobytes = readNumber(`/proc/${processId}/status`, /^VmRSS:\s+(\d+) kB$/m);
  return kilobytes === null ? null : kilobytes * 1024;
}

function processIds(): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** The fields of /proc/<id>/stat after the name, which may itself hold spaces and parentheses. */
function statFields(id: number): string[] | null {
  const text = readText(`/proc/${id}/stat`);
  return text === null ? null : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function readNumber(file: string, pattern: RegExp): number | null {
  const found = pattern.exec(readText(file) ?? "")?.[1];
  return found === undefined ? null : Number(found);
}

/** Null when the process has ended, or is not ours to read. */
function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
