/**
 * An endpoint's health is written when it changes and not otherwise; after days of nothing but failure it is disabled,
 * once, and one success in between begins the days anew.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { type WebhookEndpointRow, webhookEndpoints } from "../endpoints/schema.ts";
import { noteHealth } from "./endpoint-health.ts";
import { endpointRow, storeEndpoint } from "./test-rows.ts";

const sixDaysMs = 6 * 24 * 3600 * 1000;

describe.each(testEngines(inject("postgresUrl")))("an endpoint's health on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const stored = async (given: Partial<WebhookEndpointRow> = {}): Promise<WebhookEndpointRow> => {
    const row = endpointRow(platform, given);
    await storeEndpoint(platform.database, row);
    return row;
  };
  const now = ({ account_id, id }: WebhookEndpointRow) =>
    platform.database.committed.get(webhookEndpoints, { account_id, id });

  test("costs a healthy endpoint nothing", async () => {
    const row = await stored();
    expect(await noteHealth(platform, row, true)).toBe(row);
    expect(await now(row)).toEqual(row);
  });

  test("counts from the first failure, and a success ends the counting", async () => {
    const row = await stored();
    const failing = await noteHealth(platform, row, false);
    expect(failing?.failing_since_ms).toBeGreaterThan(Date.now() - 60_000);
    expect(await noteHealth(platform, failing ?? expect.fail(), false)).toBe(failing);
    await noteHealth(platform, failing ?? expect.fail(), true);
    expect(await now(row)).toMatchObject({ failing_since_ms: null, status: "enabled" });
  });

  test("disables after days of nothing but failure, once", async () => {
    const row = await stored({ failing_since_ms: Date.now() - sixDaysMs });
    const both = await Promise.all([
      noteHealth(platform, row, false),
      noteHealth(platform, row, false),
    ]);
    for (const after of both) expect(after?.status).toBe("disabled");
    expect(await now(row)).toMatchObject({ status: "disabled", version: row.version + 1 });
  });

  test("judges what is stored, not what a worker read a while ago", async () => {
    const row = await stored({ failing_since_ms: Date.now() - sixDaysMs });
    await noteHealth(platform, row, true);
    const after = await noteHealth(platform, row, false);
    expect(after?.status).toBe("enabled");
  });

  test("of an endpoint that was deleted is of no interest", async () => {
    const row = await stored({ deleted: true, failing_since_ms: Date.now() - sixDaysMs });
    await noteHealth(platform, row, false);
    expect(await now(row)).toEqual(row);
  });
});
