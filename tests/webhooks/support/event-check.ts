/**
 * Judges what arrived at a receiver as a merchant's program does: the official Node library, in each installed version,
 * verifies the signature over the raw body; the contract checker, where there is one, compares the event with Stripe's
 * own description.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { libraries } from "../../contract/sdk.ts";
import { repository } from "../../support/server.ts";
import type { Arrival } from "./receiver.ts";

interface Finding {
  readonly pointer: string;
  readonly message: string;
}

interface Checker {
  readonly Contract: new (
    specFile: string,
  ) => { checkEvent(text: string): { readonly violations: readonly Finding[] } };
}

const folder = resolve(repository, process.env["ISTRIPE_CONTRACT"] ?? "../shared/contract");
const checkerFile = join(folder, "check.mjs");

const contract = existsSync(checkerFile)
  ? new ((await import(checkerFile)) as Checker).Contract(join(folder, "spec3.json.gz"))
  : undefined;

const verifiers = libraries.map(({ Stripe, name }) => ({
  name,
  webhooks: new Stripe("sk_test_none").webhooks,
}));

/** @returns what is wrong with the arrival, one line each: nothing, when it is as it must be. */
export function problemsOf(arrival: Arrival, secret: string): string[] {
  const type = String(arrival.event["type"]);
  const broken = contract?.checkEvent(arrival.text).violations ?? [];
  return [
    ...refusalsOf(arrival, secret),
    ...broken.map(({ message, pointer }) => `${type} ${pointer}: ${message}`),
  ];
}

/** What each library says against the signature. */
export function refusalsOf({ headers, text }: Arrival, secret: string): string[] {
  const header = String(headers["stripe-signature"]);
  return verifiers.flatMap(({ name, webhooks }) => {
    try {
      webhooks.constructEvent(text, header, secret);
      return [];
    } catch (error) {
      return [`${name}: ${(error as Error).message}`];
    }
  });
}
