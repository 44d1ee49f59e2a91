/**
 * Starts one PostgreSQL for a whole run of the tests and hands its URL to every test file, as
 * `inject("postgresUrl")`; a file then makes a database of its own on it.
 */
import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly postgresUrl: string;
  }
}

/** @returns what Vitest calls at the end of the run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres();
  project.provide("postgresUrl", postgres.url);
  return () => postgres.stop();
}
