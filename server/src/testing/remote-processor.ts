/**
 * A test platform whose processor is behind a network that tests can cut: what it did is told by its own journal, which
 * our rows know nothing of.
 */
import type { Context, Platform } from "../context.ts";
import { openOverHttp, type Way } from "../processors/conformance/ways.ts";
import type { Engine } from "../store/conformance/engines.ts";
import { columnsOf, defineQuery } from "../store/query.ts";
import { type EventRow, events } from "../webhooks/events/schema.ts";
import { openTestPlatform, type TestPlatform } from "./platform.ts";

/** What the processor did, as it noted it. */
interface Done {
  readonly kind: string;
  /** Minor units. */
  readonly amount: number;
}

export interface RemoteProcessor {
  /** The same platform with the simulator inside. */
  readonly local: TestPlatform;
  readonly platform: Platform;
  readonly way: Way;
  /** @param recovered what a crash left of the request. */
  context(recovered?: string | null): Context;
  /** The types of the events after a position, in order. */
  eventTypesAfter(position: number): Promise<readonly string[]>;
  /** All that the processor did about a charge. */
  doneAbout(chargeId: string): readonly Done[];
  close(): Promise<void>;
}

export async function openRemoteProcessor(engine: Engine): Promise<RemoteProcessor> {
  const local = await openTestPlatform(engine);
  const way = await openOverHttp();
  const platform: Platform = { ...local, processorOf: () => way.processor, vault: way.vault };
  return {
    close: async () => {
      await way.close();
      await local.release();
    },
    context: (recovered = null) => ({
      ...local.context(),
      processorOf: platform.processorOf,
      recovered,
      vault: way.vault,
    }),
    doneAbout: (chargeId) =>
      String(way.simulator.handle({ body: undefined, method: "GET", path: "/journal" }).body)
        .split("\n")
        .filter((line) => line.includes(`"${chargeId}"`))
        .map((line) => JSON.parse(line) as Done),
    eventTypesAfter: async (after) => {
      const { accountId } = local.scope;
      const found = await local.database.committed.select(eventsAfter, { accountId, after });
      return found.map(({ type }) => type);
    },
    local,
    platform,
    way,
  };
}

const eventsAfter = defineQuery<{ accountId: string; after: number }, EventRow>(
  [events],
  (param) => `select ${columnsOf(events)} from events
    where account_id = ${param("accountId")} and position > ${param("after")} order by position`,
);
