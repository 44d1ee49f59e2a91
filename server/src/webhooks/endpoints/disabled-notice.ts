/**
 * Tells people that an endpoint is sent nothing more because it did nothing but fail for days: a line in the log, and a
 * mail to the account's address where there is one.
 */
import { accounts } from "../../accounts/accounts/schema.ts";
import type { Platform } from "../../context.ts";
import type { Mailer } from "../../mail/mailer.ts";
import type { WebhookEndpointRow } from "./schema.ts";

interface Log {
  warn(about: object, message: string): void;
}

export async function disabledNotice(
  parts: {
    readonly log: Log;
    readonly mailer: Mailer;
    readonly platform: Pick<Platform, "database">;
  },
  endpoint: WebhookEndpointRow,
): Promise<void> {
  const { account_id, id, livemode } = endpoint;
  parts.log.warn(
    { account: account_id, endpoint: id, livemode },
    "a webhook endpoint was disabled",
  );
  const account = await parts.platform.database.committed.get(accounts, { account_id });
  if (account?.email == null) return;
  const mode = livemode ? "live" : "test";
  await parts.mailer.send({
    subject: `The ${mode} mode webhook endpoint ${id} was disabled`,
    text: [
      `Every delivery to the webhook endpoint ${id} (${originOf(endpoint.url)}) has failed for days,`,
      "so nothing more is sent to it. Events are kept for 30 days.",
      "",
      `When it answers again, enable it with POST /v1/webhook_endpoints/${id} disabled=false, and replay what`,
      `it missed with POST /v1/istripe/webhook_endpoints/${id}/replay only=failed.`,
    ].join("\n"),
    to: account.email,
  });
}

/** Without path and query, which may hold a secret of the receiver's. */
const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : "its address");
