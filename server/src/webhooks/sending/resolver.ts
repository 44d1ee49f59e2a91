/**
 * Turns the name of an endpoint into addresses without letting one name wait for another. DNS is asked directly,
 * because Node's `lookup` takes one of the process's four threads for as long as a dead name server keeps silent;
 * only what DNS does not know goes there, for the names of /etc/hosts and of a search domain, few at a time.
 */
import { lookup, Resolver } from "node:dns/promises";

/** @returns every address of both families; throws, with a `code`, when there is none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** A name server is given this long, and is asked once more. */
const queryTimeoutMs = 2_000;
const queryTries = 2;
/** How long the answer of one family waits for the other's. */
const otherFamilyMs = 200;
/** Half of the threads that Node has, so that files and keys always find one. */
const lookupsAtOnce = 2;
/** More than these that wait for a thread are told that their name is unknown. */
const lookupsWaitingMax = 200;

/** Questions for one name that are open at the same time are asked once. */
export function createResolver(): Resolve {
  const dns = new Resolver({ timeout: queryTimeoutMs, tries: queryTries });
  const lookUp = atMost(lookupsAtOnce, async (hostname: string) => {
    const found = await lookup(hostname, { all: true });
    return found.map(({ address }) => address);
  });
  const resolve = async (hostname: string): Promise<readonly string[]> => {
    try {
      return await bothFamilies(dns, hostname);
    } catch (error) {
      // Its servers keep silent for this name: asking them again through a thread would only hold up others.
      if (codeOf(error) === "ETIMEOUT") throw error;
      return lookUp(hostname);
    }
  };
  const open = new Map<string, Promise<readonly string[]>>();
  return (hostname) => {
    if (isLocalhost(hostname)) return Promise.resolve(["127.0.0.1", "::1"]);
    const asked = open.get(hostname);
    if (asked !== undefined) return asked;
    const asking = resolve(hostname).finally(() => open.delete(hostname));
    open.set(hostname, asking);
    return asking;
  };
}

/** The code of a system error, such as ENOTFOUND; undefined for any other. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** RFC 6761: these names are this machine's and are never asked for. */
function isLocalhost(hostname: string): boolean {
  return /(^|\.)localhost\.?$/i.test(hostname);
}

/** A family that is slow or broken does not hold up the other for longer than {@link otherFamilyMs}. */
async function bothFamilies(dns: Resolver, hostname: string): Promise<readonly string[]> {
  const questions = [dns.resolve4(hostname), dns.resolve6(hostname)];
  const addresses: string[] = [];
  const settled = Promise.allSettled(
    questions.map(async (question) => addresses.push(...(await question))),
  );
  await Promise.any(questions).catch(() => settled);
  if (addresses.length === 0) {
    const [first] = await settled;
    throw first?.status === "rejected" ? first.reason : new Error("A name has no address.");
  }
  await within(settled, otherFamilyMs);
  return [...addresses];
}

async function within(work: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}

/** Runs at most so many at once, in the order of the questions. */
function atMost(count: number, work: Resolve): Resolve {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (hostname) => {
    if (running >= count) {
      if (waiting.length >= lookupsWaitingMax) throw new Error("Too many names are looked up.");
      // Whoever ends hands its turn over, so the count stays.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work(hostname);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
