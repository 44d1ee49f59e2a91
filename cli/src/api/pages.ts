/**
 * Lists page by page, the newest first, up to a limit: what is beyond it is said and not passed over in silence.
 */
import type { Given } from "../line/command.ts";
import { writeNote } from "../line/terminal.ts";
import { callApi, objectsIn, textIn, type WireObject } from "./api.ts";
import type { Form } from "./http-request.ts";

const pageSize = 100;

export interface ListRequest {
  readonly path: string;
  readonly form?: Form;
  /** How many objects at the most. */
  readonly limit: number;
  /** What they are, for the sentence that says that there are more: `keys`. */
  readonly noun: string;
}

/** @returns at most `limit` objects. @throws CommandFailure as `callApi` */
export async function listObjects(
  given: Given,
  { form = [], limit, noun, path }: ListRequest,
): Promise<readonly WireObject[]> {
  const found: WireObject[] = [];
  while (found.length < limit) {
    const last = found.at(-1);
    const after = last === undefined ? undefined : textIn(last, "id");
    const page: Form = [
      ...form,
      ["limit", String(Math.min(pageSize, limit - found.length))],
      ...(after === undefined ? [] : ([["starting_after", after]] as const)),
    ];
    const list = await callApi(given, { form: page, method: "GET", path });
    const objects = objectsIn(list, "data");
    found.push(...objects);
    if (list["has_more"] !== true || objects.length === 0) return found;
  }
  writeNote(`There are more than ${found.length} ${noun}: these are the newest.`);
  return found;
}
