/**
 * The official Node library as a user has it, in each version that is installed: the pinned one and the newest. Only
 * the base URL differs from real use.
 */
import type Stripe from "stripe";
import { engines } from "../support/server.ts";

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
