/**
 * How the tests run: beside the code and under tests/, each file in a process of its own, two at a time. Only the
 * tests that may need a database start PostgreSQL, one for all of them.
 */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    hookTimeout: 30_000,
    maxWorkers: 2,
    pool: "forks",
    projects: [
      {
        extends: true,
        test: { include: ["{vault,simulator,bench,cli}/src/**/*.test.ts"], name: "parts" },
      },
      { extends: true, test: { include: ["tools/**/*.test.ts"], name: "style" } },
      {
        extends: true,
        test: {
          // Needs Next.js itself, which is larger than all else and comes with tools/test-next.sh.
          exclude: ["tests/**/next.test.ts"],
          globalSetup: ["tests/support/postgres-global.ts"],
          include: [
            "server/src/**/*.test.ts",
            "sdks/webhooks/src/**/*.test.ts",
            "tests/**/*.test.ts",
          ],
          name: "server",
        },
      },
    ],
    testTimeout: 15_000,
  },
});
