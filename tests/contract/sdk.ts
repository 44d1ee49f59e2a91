/**
 * The official Node library as a user has it, in each version that is installed: the pinned one and the newest. Only
 * the base URL differs from real use.
 */
import type Stripe from "stripe";
import { expect } from "vitest";
import { engines, startTestServer, type TestServer } from "../support/server.ts";
import { openContractCheck } from "./contract-check.ts";

type StripeLibrary = typeof Stripe;

/** Package names: the pinned release and an alias of the newest. */
const packages = ["stripe", "stripe-newest"] as const;

export interface Library {
  readonly name: string;
  readonly Stripe: StripeLibrary;
}

async function load(name: string): Promise<Library[]> {
  try {
    const { default: library } = (await import(name)) as { readonly default: StripeLibrary };
    return [{ Stripe: library, name }];
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_MODULE_NOT_FOUND") return [];
    throw error;
  }
}

export const libraries: readonly Library[] = (await Promise.all(packages.map(load))).flat();

/** Every library on every database. */
export const runs = libraries.flatMap((library) =>
  engines.map((engine) => ({ engine, library, name: `${library.name} on ${engine}` })),
);

/** A server of its own, the contract check before it where there is one, and the library as its client. */
export interface SdkRun {
  readonly server: TestServer;
  readonly stripe: Stripe;
  /** Where the client sends its requests. */
  readonly url: string;
  /** Stops everything. Nothing broke the contract, and each of these operations was answered cleanly. */
  close(covered: readonly string[]): Promise<void>;
}

/** @param subject what the tests are about, for the name of the check's report. */
export async function openRun(
  { engine, library, name }: (typeof runs)[number],
  subject: string,
): Promise<SdkRun> {
  const server = await startTestServer(engine);
  const check = await openContractCheck(`${subject} ${name}`.replaceAll(" ", "-"), server.url);
  return {
    close: async (covered) => {
      const report = await check.close();
      await server.stop();
      if (report === undefined) return;
      expect(report.violations).toEqual([]);
      const unclean = covered.filter((operation) => !report.operations[operation]?.clean);
      expect(unclean).toEqual([]);
    },
    server,
    stripe: clientOf(library, check.url, server.secretKey),
    url: check.url,
  };
}

/** A client that retries nothing, so that a test sees what the server said first. */
export function clientOf({ Stripe: Library }: Library, url: string, key: string): Stripe {
  const { hostname, port } = new URL(url);
  return new Library(key, {
    host: hostname,
    maxNetworkRetries: 0,
    port: Number(port),
    protocol: "http",
    telemetry: false,
  });
}

/** The error that the library throws. @throws Error when it throws none. */
export async function refusalOf(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  let answer: unknown;
  try {
    answer = await promise;
  } catch (error) {
    return error as Stripe.errors.StripeError;
  }
  throw new Error(`the library should have thrown, but gave ${JSON.stringify(answer)}`);
}
