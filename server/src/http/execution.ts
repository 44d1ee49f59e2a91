/**
 * Runs an operation and renders its answer. A write runs under its idempotency key: whoever holds the key decides what
 * the caller hears, and what a crash left unfinished is taken up where it stopped.
 */
import { ApiError } from "../core/errors.ts";
import type { SerializedText } from "../core/serializer/compile.ts";
import { faultsHeader, readFaultsHeader } from "../core/webhook-faults.ts";
import type { ListOperation, Page, SearchedPage } from "../operation.ts";
import { presentRow, type Resource } from "../resource.ts";
import type { Reader } from "../store/database.ts";
import { pageStateOf } from "../store/page.ts";
import { rowOfSnapshot, snapshotOf } from "../store/snapshot.ts";
import type { Row, Table } from "../store/table.ts";
import { type Answer, errorAnswer } from "./answer.ts";
import type { Call, DispatchParts } from "./call.ts";
import { type Expansion, expandObject } from "./expansion.ts";
import { keyInUse } from "./idempotency/errors.ts";
import type { IdempotencyRow } from "./idempotency/schema.ts";
import {
  AlreadyAnswered,
  createRequestContext,
  judgeKey,
  keptValues,
  openKeptBody,
  type Rendered,
  type RequestContext,
  type RequestFacts,
  Resumable,
  releaseLease,
  storeError,
  takeOver,
} from "./request-context.ts";

/** What the operation is given, read and checked. */
export interface ReadRequest {
  readonly parameters: Record<string, unknown>;
  readonly expansions: readonly Expansion[];
  /** What is compared when the idempotency key is used again; empty without a key. */
  readonly digest: string;
}

/** @throws ApiError or whatever the operation throws. */
export async function execute(
  parts: DispatchParts,
  call: Call,
  request: ReadRequest,
): Promise<Answer> {
  if (call.compiled.operation.method !== "POST") return readOnly(parts, call, request);
  const facts = factsOf(parts, call, request);
  const first = await attempt(parts, call, { facts, request });
  if (!(first instanceof Resumable)) return first;
  const resumed = await takeOver(parts.platform, facts, first.record);
  const second = await attempt(parts, call, { facts, request, resumed });
  if (second instanceof Resumable) throw keyInUse(second.record.key);
  return second;
}

interface Attempt {
  readonly facts: RequestFacts;
  readonly request: ReadRequest;
  /** The record that this run takes up. */
  readonly resumed?: IdempotencyRow;
}

async function attempt(
  parts: DispatchParts,
  call: Call,
  { facts, request, resumed }: Attempt,
): Promise<Answer | Resumable> {
  const context = createRequestContext(parts.platform, facts, resumed);
  try {
    return await write(call, context, request);
  } catch (error) {
    if (context.answered !== undefined) return executed(context.answered);
    if (call.key === null) throw error;
    // A key that is held decides before anything that this run found out about the world as it is now.
    const verdict = context.isClaimed ? undefined : await judgeKey(parts.platform, facts);
    if (verdict instanceof AlreadyAnswered)
      return replay(parts, call, { facts, record: verdict.record });
    if (verdict instanceof Resumable) return verdict;
    if (verdict !== undefined) throw verdict;
    await settleKey(parts, context, { error, facts });
    throw error;
  }
}

/** An error that execution found is the key's answer; after any other the key can be used again. */
async function settleKey(
  parts: DispatchParts,
  context: RequestContext,
  { error, facts }: { readonly error: unknown; readonly facts: RequestFacts },
): Promise<void> {
  if (error instanceof ApiError && error.details.isExecuted === true) {
    await storeError(parts.platform, facts, { error, isClaimed: context.isClaimed });
  } else if (context.isClaimed) {
    await releaseLease(parts.platform, facts);
  }
}

async function write(call: Call, context: RequestContext, request: ReadRequest): Promise<Answer> {
  const { operation } = call.compiled;
  await operation.run(context, request.parameters as never, ...idsOf(call));
  if (context.answered === undefined) {
    throw new Error(`${operation.path} finished without a commit`);
  }
  return executed(context.answered);
}

/** Says that execution began, so that no library tries again by itself. */
const executed = (answer: Answer): Answer => ({
  ...answer,
  headers: { ...answer.headers, "Stripe-Should-Retry": "false" },
});

/** GET and DELETE: nothing is stored under a key, the answer is rendered from what the operation returns. */
async function readOnly(parts: DispatchParts, call: Call, request: ReadRequest): Promise<Answer> {
  const { compiled } = call;
  const { operation } = compiled;
  const context = createRequestContext(parts.platform, factsOf(parts, call, request));
  if (operation.answers === "list") return listed(parts, call, { context, operation, request });
  if (operation.answers === "search") {
    const page = await operation.run(context, request.parameters as never);
    return successAnswer(await writePage(parts, call, { page, request }));
  }
  const result = await operation.run(context, request.parameters as never, ...idsOf(call));
  if (operation.answers === "plain") return successAnswer(compiled.serialize(result as object));
  const reader = parts.platform.database.committed;
  const { expansions } = request;
  return successAnswer(
    compiled.serialize(await shown(parts, call, { expansions, reader, row: result })),
  );
}

/** The object's id and its parent's; empty where the path has none. */
const idsOf = ({ incoming: { ids } }: Call): [string, string] => [ids[0] ?? "", ids[1] ?? ""];

interface Listing {
  readonly operation: ListOperation;
  readonly context: RequestContext;
  readonly request: ReadRequest;
}

/** A page that is asked for again and has not changed is answered with the text of before. */
async function listed(parts: DispatchParts, call: Call, listing: Listing): Promise<Answer> {
  const { context, operation, request } = listing;
  const { caller, incoming } = call;
  const place = `${caller.accountId} ${caller.livemode} ${incoming.path}?${incoming.query}`;
  // What an expansion shows may change while the page's own rows do not.
  const isRemembered =
    operation.state !== undefined &&
    request.expansions.length === 0 &&
    parts.pages.isAskedAgain(place);
  if (isRemembered) {
    const state =
      (await operation.state?.(context, request.parameters as never, idsOf(call)[0])) ?? "";
    const known = parts.pages.find(place, state);
    if (known !== undefined) return successAnswer(known);
  }
  const page = await operation.run(context, request.parameters as never, idsOf(call)[0]);
  const written = await writePage(parts, call, { page, request });
  // The state of what was written, not of what was found before it was read.
  if (isRemembered) parts.pages.keep(place, { state: pageStateOf(page), written });
  return successAnswer(written);
}

async function writePage(
  parts: DispatchParts,
  call: Call,
  about: { readonly page: Page<Table> | SearchedPage<Table>; readonly request: ReadRequest },
): Promise<SerializedText> {
  const { compiled } = call;
  const { page, request } = about;
  const reader = parts.platform.database.committed;
  const { expansions } = request;
  const data: (object | Promise<object>)[] = page.rows.map((row) =>
    shown(parts, call, { expansions, reader, row }),
  );
  return compiled.serialize({
    data: expansions.length === 0 ? data : await Promise.all(data),
    has_more: page.hasMore,
    url: call.incoming.path,
    ...("nextPage" in page
      ? { next_page: page.nextPage, object: "search_result", total_count: page.totalCount }
      : { object: "list" }),
  });
}

function shown(
  parts: DispatchParts,
  call: Call,
  about: {
    readonly reader: Reader;
    readonly row: unknown;
    readonly expansions: readonly Expansion[];
  },
): Promise<object> | object {
  const { operation } = call.compiled;
  if (operation.answers === "plain") throw new Error("a plain answer has no resource");
  const resource = operation.resource as Resource;
  const at = { now: parts.platform.clock.business(call.caller.livemode) };
  const object = presentRow(resource, about.row as Row<Table>, at);
  if (about.expansions.length === 0) return object;
  const from = { at, reader: about.reader, resources: parts.resources, scope: call.caller };
  return expandObject(from, resource, { expansions: about.expansions, object });
}

function factsOf(parts: DispatchParts, call: Call, request: ReadRequest): RequestFacts {
  const { compiled, incoming, caller, key, requestId } = call;
  const { operation } = compiled;
  return {
    digest: request.digest,
    isSecret: operation.holdsSecret === true,
    method: operation.method,
    path: incoming.path,
    render: async (tx, row): Promise<Rendered> => {
      if (operation.method === "POST" && operation.answers === "plain") {
        return { answer: successAnswer(compiled.serialize(row as object)), snapshot: null };
      }
      if (operation.answers !== "single") return { answer: emptyAnswer, snapshot: null };
      const object = await shown(parts, call, { expansions: request.expansions, reader: tx, row });
      return {
        answer: successAnswer(compiled.serialize(object)),
        snapshot:
          key === null || request.expansions.length > 0 || operation.holdsSecret === true
            ? null
            : snapshotOf(operation.resource.table, row as Row<Table>),
      };
    },
    renderError: (error) => errorAnswer(error, parts.requestLogUrl(call)),
    request: {
      clientIp: incoming.clientIp,
      id: requestId,
      idempotencyKey: key,
      webhookFaults: readFaultsHeader(incoming.header(faultsHeader), caller.livemode),
    },
    scope: caller,
  };
}

const successAnswer = ({ text, size }: SerializedText): Answer => ({
  body: text,
  headers: {},
  size,
  status: 200,
});

/** What a commit of a DELETE leaves behind: its answer is made from what the operation returns. */
const emptyAnswer: Answer = { body: "", headers: {}, status: 200 };

/** The same bytes as the first answer, from the values or the text that were kept of it. */
async function replay(
  parts: DispatchParts,
  call: Call,
  { facts, record }: { readonly facts: RequestFacts; readonly record: AlreadyAnswered["record"] },
): Promise<Answer> {
  const { compiled } = call;
  const { operation } = compiled;
  const written = async (): Promise<Answer> => {
    if (record.body !== null) {
      const body = openKeptBody(parts.platform, facts, record.body);
      return { body, headers: {}, status: 200 };
    }
    const values = await keptValues(parts.platform, record);
    if (values === null || operation.answers !== "single") {
      throw new Error("an idempotency record has neither values nor text");
    }
    const row = rowOfSnapshot(operation.resource.table, values);
    const at = { now: Math.floor(record.created_ms / 1000) };
    return successAnswer(compiled.serialize(operation.resource.present(row, at)));
  };
  return {
    ...(await written()),
    headers: {
      "Idempotent-Replayed": "true",
      "Original-Request": record.request_id,
      "Stripe-Should-Retry": "false",
    },
    status: record.status ?? 200,
  };
}
