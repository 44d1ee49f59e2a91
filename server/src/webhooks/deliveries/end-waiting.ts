/**
 * Ends what waits for somebody who is gone: it has failed, and counts as pending no longer.
 */
import type { Platform } from "../../context.ts";
import { endWaiting } from "../engine/claim.ts";
import type { Failure } from "./schema.ts";

/** At most this many deliveries a commit, so that no request waits long for the writer. */
const endSize = 500;

/** @param about whose deliveries, to which endpoint or listener, and why they have failed. */
export async function endDeliveries(
  { database }: Pick<Platform, "database">,
  about: { readonly accountId: string; readonly endpoint: string; readonly failure: Failure },
): Promise<void> {
  const { accountId, endpoint } = about;
  const failure = JSON.stringify(about.failure);
  for (;;) {
    const count = await database.transact((tx) =>
      tx.execute(endWaiting, { accountId, endpoint, failure, limit: endSize }),
    );
    if (count < endSize) return;
  }
}
