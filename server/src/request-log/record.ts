/**
 * One record of the log: taken from a request when its answer is out, as references only, and rendered later in a batch.
 * Rendering redacts, so nothing reaches the database that did not pass through it.
 */
import type { Answer } from "../http/answer.ts";
import type { Asked } from "../http/call.ts";
import type { FormTree } from "../http/form/form-tree.ts";
import { redacted, redactedText } from "./redaction.ts";
import type { RequestLogRow } from "./schema.ts";

const parametersLengthMax = 4096;
const answerLengthMax = 16_384;
const lengthMax = {
  errorMessage: 1000,
  header: 300,
  idempotencyKey: 255,
  path: 500,
} as const;

/** What a record needs of its request; it holds neither the connection nor the received bytes. */
export interface Draft {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly requestId: string;
  readonly shownKey: string;
  readonly createdMs: number;
  readonly position: number;
  readonly durationMs: number;
  readonly method: string;
  readonly path: string;
  readonly clientIp: string | null;
  readonly idempotencyKey: string | null;
  readonly apiVersion: string | null;
  readonly userAgent: string | null;
  readonly status: number;
  readonly tree: FormTree | undefined;
  /** Characters of what was sent, which the tree may hold. */
  readonly sentLength: number;
  /** The answer's text; null where it is not kept. */
  readonly answer: string | null;
}

/** @param at when the answer was out. */
export function draftOf(
  asked: Asked,
  answer: Answer,
  at: Pick<Draft, "createdMs" | "position" | "durationMs">,
): Draft {
  const { caller, incoming } = asked;
  const isKept = answer.status >= 400 || (asked.method !== "GET" && !asked.hidesAnswer);
  return {
    ...at,
    accountId: caller.accountId,
    answer: isKept ? answer.body : null,
    apiVersion: incoming.header("stripe-version") ?? null,
    clientIp: incoming.clientIp,
    idempotencyKey: incoming.header("idempotency-key") ?? null,
    livemode: caller.livemode,
    method: asked.method,
    path: incoming.path,
    requestId: asked.requestId,
    sentLength: incoming.body?.length ?? incoming.query.length,
    shownKey: caller.shownKey,
    status: answer.status,
    tree: asked.tree,
    userAgent: incoming.header("user-agent") ?? null,
  };
}

export function rowOf(draft: Draft): RequestLogRow {
  const answer = draft.answer === null ? null : (JSON.parse(draft.answer) as unknown);
  const error = draft.status < 400 ? undefined : (answer as { error: WireError }).error;
  const { header } = lengthMax;
  return {
    account_id: draft.accountId,
    answer: answer === null ? null : redacted(answer, answerLengthMax),
    api_key: draft.shownKey,
    api_version: textOrNull(draft.apiVersion, header),
    client_ip: textOrNull(draft.clientIp, header),
    created: Math.floor(draft.createdMs / 1000),
    duration_us: Math.round(draft.durationMs * 1000),
    error_code: error?.code ?? null,
    error_message: textOrNull(error?.message, lengthMax.errorMessage),
    error_type: error?.type ?? null,
    id: draft.requestId,
    idempotency_key: textOrNull(draft.idempotencyKey, lengthMax.idempotencyKey),
    livemode: draft.livemode,
    method: draft.method,
    parameters: draft.tree === undefined ? null : redacted(draft.tree, parametersLengthMax),
    path: redactedText(draft.path, lengthMax.path),
    position: draft.position,
    status: draft.status,
    user_agent: textOrNull(draft.userAgent, header),
  };
}

interface WireError {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
}

const textOrNull = (text: string | null | undefined, max: number): string | null =>
  text === null || text === undefined ? null : redactedText(text, max);
