/**
 * Deletes a token and destroys its sealed card in the same commit. Deleting a used token is refused: its card is gone
 * already, and the charge keeps what may be shown of it.
 */
import type { Context } from "../../context.ts";
import { retrieve } from "../../resource.ts";
import { tokenResource, tokens } from "./schema.ts";
import { requireUnused } from "./state.ts";

/** What is answered for a deleted object. */
export interface DeletedToken {
  readonly id: string;
  readonly object: "token";
  readonly deleted: true;
}

/** @throws ApiError 404 for an unknown or deleted token, 400 for one that is used or expired. */
export async function deleteToken(context: Context, id: string): Promise<DeletedToken> {
  await context.finish(async (tx) => {
    const token = await retrieve(tx, tokenResource, { named: { id, in: "url" }, scope: context });
    requireUnused(token, context.now);
    return tx.update(tokens, token, { name: null, address: null, sealed: null, status: "deleted" });
  });
  return { deleted: true, id, object: "token" };
}
