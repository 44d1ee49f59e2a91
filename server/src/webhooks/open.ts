/**
 * Puts the sender of webhooks together: who is told of what was committed, over which connections, under which policy.
 */
import type { WebhookOutbox } from "./deliveries/outbox.ts";
import type { WebhookEndpointRow } from "./endpoints/schema.ts";
import { createAttempt } from "./engine/attempt.ts";
import type { SendingPlatform } from "./engine/courier.ts";
import { WebhookEngine } from "./engine/engine.ts";
import { createLookups } from "./engine/lookups.ts";
import type { EventRow } from "./events/schema.ts";
import { createSender } from "./sending/sender.ts";

export interface WebhookParts {
  readonly platform: SendingPlatform;
  readonly outbox: WebhookOutbox;
  /** The worker's name in leases. */
  readonly owner: string;
  readonly caFile: string | null;
  /** Whether test mode may send to loopback and private addresses; live mode never does. */
  readonly allowsPrivate: boolean;
  /** Writes an event as JSON, as if no endpoint waited for it. */
  readonly serialize: (event: EventRow) => string;
  /** How long a delivery in hand is nobody else's; only tests are in a hurry. */
  readonly leaseMs?: number;
  accounts(): Promise<readonly string[]>;
  onDisabled(endpoint: WebhookEndpointRow): void;
  onFailure(what: string, error: unknown): void;
}

export interface Webhooks {
  /** Looks for what nobody told this worker of. @returns whether anything is due. */
  discover(): Promise<boolean>;
  /** Sends what is under way to its end, and nothing more. */
  close(): Promise<void>;
}

/** How long what is under way may go on when the process is to stop. */
const closeGraceMs = 3000;

/** @throws Error when the file of authorities cannot be used. */
export async function openWebhooks(parts: WebhookParts): Promise<Webhooks> {
  const { allowsPrivate, caFile, platform } = parts;
  const sender = createSender({
    ...(caFile === null ? {} : { caFile }),
    monotonicNow: platform.clock.monotonic,
  });
  const attempt = createAttempt({
    clock: platform.clock,
    lookups: createLookups(platform.database, parts.serialize),
    policyOf: (livemode) => ({ allowPrivate: allowsPrivate && !livemode, requireTls: livemode }),
    sender,
  });
  const engine = new WebhookEngine({ ...parts, attempt });
  parts.outbox.attach(engine);
  await engine.start();
  return {
    close: async () => {
      // An endpoint that hangs is not waited for: it is told again by whoever sends next.
      const hurry = setTimeout(() => sender.cancel(), closeGraceMs);
      await engine.close();
      clearTimeout(hurry);
      sender.close();
    },
    discover: () => engine.discover(),
  };
}
