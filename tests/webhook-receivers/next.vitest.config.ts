/**
 * How tools/test-next.sh runs the test that needs Next.js itself, which every other run leaves out.
 */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["tests/support/postgres-global.ts"],
    hookTimeout: 30_000,
    include: ["tests/webhook-receivers/typescript/next.test.ts"],
    pool: "forks",
    root: ".",
  },
});
