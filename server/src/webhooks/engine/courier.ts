/**
 * Carries one delivery: sends it, stores what became of it, and has the lane and the endpoint learn from it.
 */
import type { Platform } from "../../context.ts";
import type { WebhookDeliveryRow } from "../deliveries/schema.ts";
import type { WebhookEndpointRow } from "../endpoints/schema.ts";
import { openSecrets, type SecretOpener } from "../endpoints/secret.ts";
import type { Attempt, Attempted } from "./attempt.ts";
import { noteHealth } from "./endpoint-health.ts";
import { type Lane, noteFailure, noteSuccess } from "./lane.ts";
import type { Settler } from "./settle.ts";

/** What of the platform sending needs: a process of its own has no more. */
export type SendingPlatform = Pick<Platform, "clock" | "database" | "ids" | "outbox"> & {
  readonly vault: SecretOpener;
};

export interface CourierParts {
  readonly platform: SendingPlatform;
  readonly attempt: Attempt;
  readonly settler: Settler;
  /** Told of an endpoint that is sent nothing more because it failed for days. */
  onDisabled(endpoint: WebhookEndpointRow): void;
}

export interface Carried {
  readonly lane: Lane;
  readonly endpoint: WebhookEndpointRow;
  readonly delivery: WebhookDeliveryRow;
  /** Called when the endpoint has answered: storing needs no slot. */
  readonly onAnswered: () => void;
}

export async function carry(parts: CourierParts, carried: Carried): Promise<void> {
  const { endpoint, lane } = carried;
  const copies = carried.delivery.faults?.duplicate ?? 0;
  let { delivery } = carried;
  for (let sent = 0; sent <= copies; sent += 1) {
    const attempted = await parts.attempt({
      delivery,
      endpoint,
      isCopy: sent > 0,
      number: delivery.attempt_count + 1,
      secrets: secretsOf(parts.platform, lane, endpoint),
    });
    carried.onAnswered();
    // The process stops: the endpoint has not failed, and its lease is given back.
    if (attempted.failure?.reason === "canceled") return;
    delivery = await store(parts, { attempted, endpoint, lane });
    if (attempted.failure !== null) return;
  }
}

/** Opened once for a row of the endpoint, as long as the same ones sign. */
function secretsOf(
  { clock, vault }: SendingPlatform,
  lane: Lane,
  endpoint: WebhookEndpointRow,
): readonly string[] {
  const nowMs = clock.system();
  const known = lane.secrets;
  if (known?.row === endpoint && nowMs < known.untilMs) return known.texts;
  const texts = openSecrets(vault, endpoint, nowMs);
  const expiresMs = endpoint.previous_secret_expires_ms ?? 0;
  const untilMs = expiresMs > nowMs ? expiresMs : Number.POSITIVE_INFINITY;
  lane.secrets = { row: endpoint, texts, untilMs };
  return texts;
}

async function store(
  parts: CourierParts,
  about: {
    readonly attempted: Attempted;
    readonly endpoint: WebhookEndpointRow;
    readonly lane: Lane;
  },
): Promise<WebhookDeliveryRow> {
  const { attempted, endpoint, lane } = about;
  const hasSucceeded = attempted.failure === null;
  if (hasSucceeded) noteSuccess(lane, attempted.durationMs);
  else noteFailure(lane, parts.platform.clock.system(), endpoint.livemode ? "live" : "test");
  lane.unsettled += 1;
  try {
    const row = await parts.settler.settle(attempted);
    if (row.due_ms !== null) lane.nextDueMs = Math.min(lane.nextDueMs, row.due_ms);
    // The next of the same object may go now.
    if (row.ordered_by !== null) lane.hasMore = true;
    const after = await noteHealth(parts.platform, endpoint, hasSucceeded);
    if (after?.status === "disabled" && endpoint.status === "enabled") parts.onDisabled(after);
    return row;
  } finally {
    lane.unsettled -= 1;
  }
}
