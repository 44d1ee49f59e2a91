/**
 * One request from bytes to answer: authenticate, take the card out, read the parameters, run the operation under its
 * idempotency key, render. Nothing is written for a caller who is not authenticated, and card data is zeroed whichever
 * way the request ends.
 */
import { hash, randomUUID } from "node:crypto";
import type { CardHandle } from "@istripe/vault";
import { checkVersion, versionOfRecord } from "../core/api-versions.ts";
import { ApiError, invalidRequest, notImplemented } from "../core/errors.ts";
import { shownName } from "../core/shown.ts";
import type { Operation } from "../operation.ts";
import type { Resource } from "../resource.ts";
import { type Answer, errorAnswer, toApiError } from "./answer.ts";
import type { Caller } from "./authentication.ts";
import type { Call, DispatchParts, IncomingRequest } from "./call.ts";
import type { CompiledOperation } from "./compiled-operation.ts";
import type { Leave } from "./concurrency-limit.ts";
import { execute, type ReadRequest } from "./execution.ts";
import { readExpansions } from "./expansion.ts";
import { type FormTree, type FormValue, isFormHash } from "./form/form-tree.ts";
import { parseForm } from "./form/parse-form.ts";
import { canonicalForm } from "./idempotency/canonical-form.ts";
import { keyInUse, keyLengthMax, keyTooLong } from "./idempotency/errors.ts";

export type Dispatch = (compiled: CompiledOperation, incoming: IncomingRequest) => Promise<Answer>;
/** Answers a route of Stripe's that is not built. @param route such as `POST /v1/refunds`. */
export type RefuseUnbuilt = (route: string, incoming: IncomingRequest) => Promise<Answer>;

const requestIdLength = 14;

export function createDispatch(parts: DispatchParts): Dispatch {
  const inFlight = new Set<string>();
  return async (compiled, incoming) => {
    const caller = await callerOf(parts, incoming);
    if (!("accountId" in caller)) return caller;
    const isPost = compiled.operation.method === "POST";
    const key = isPost ? (incoming.header("idempotency-key") ?? null) : null;
    const call: Call = {
      caller,
      compiled,
      hidesAnswer: compiled.operation.holdsSecret === true,
      incoming,
      key,
      method: compiled.operation.method,
      requestId: newRequestId(parts),
      tree: undefined,
    };
    const answer = await answerCall(parts, call, inFlight);
    const headers = { ...callHeaders(call), ...answer.headers };
    const account = incoming.header("stripe-account");
    if (account !== undefined) headers["Stripe-Account"] = account;
    return { ...answer, asked: call, headers };
  };
}

export const createUnbuiltRefusal =
  (parts: DispatchParts): RefuseUnbuilt =>
  async (route, incoming) => {
    const caller = await callerOf(parts, incoming);
    incoming.body?.fill(0);
    if (!("accountId" in caller)) return caller;
    const [method = ""] = route.split(" ");
    const requestId = newRequestId(parts);
    const asked = { caller, hidesAnswer: false, incoming, method, requestId, tree: undefined };
    const answer = errorAnswer(notImplemented(route), parts.requestLogUrl(asked));
    const standing = { "Request-Id": requestId, "Stripe-Version": versionOfRecord };
    return { ...answer, asked, headers: { ...standing, ...answer.headers } };
  };

const newRequestId = (parts: DispatchParts): string =>
  `req_${parts.platform.ids.secret(requestIdLength)}`;

/** Who calls; or, for a caller who may not, what he hears. His body is zeroed unread. */
async function callerOf(parts: DispatchParts, incoming: IncomingRequest): Promise<Caller | Answer> {
  try {
    const caller = await parts.authenticate(incoming.header("authorization"));
    const account = incoming.header("stripe-account") ?? incoming.header("stripe-context");
    if (account !== undefined && account !== caller.accountId) throw noAccess(caller, account);
    return caller;
  } catch (error) {
    incoming.body?.fill(0);
    return errorAnswer(toApiError(error));
  }
}

function callHeaders({ compiled, incoming, key, requestId }: Call): Record<string, string> {
  const echoed = incoming.header("idempotency-key");
  switch (compiled.operation.method) {
    case "POST":
      return {
        "Idempotency-Key": key ?? randomUUID(),
        "Original-Request": requestId,
        "Request-Id": requestId,
        "Stripe-Version": versionOfRecord,
      };
    case "DELETE":
      return {
        ...(echoed === undefined ? {} : { "Idempotency-Key": echoed }),
        "Request-Id": requestId,
        "Stripe-Version": versionOfRecord,
      };
    case "GET":
      return { "Request-Id": requestId, "Stripe-Version": versionOfRecord };
  }
}

async function answerCall(
  parts: DispatchParts,
  call: Call,
  inFlight: Set<string>,
): Promise<Answer> {
  let cards: readonly CardHandle[] = [];
  const held =
    call.key === null ? null : `${call.caller.accountId} ${call.caller.livemode} ${call.key}`;
  let isHolder = false;
  let leave: Leave | undefined;
  try {
    leave = enter(parts, call);
    checkRequest(call);
    const cut = parts.platform.vault.ingress.cut(call.incoming.body ?? noBody);
    cards = cut.cards;
    const tree = parseForm(call.incoming.body === null ? call.incoming.query : cut.body);
    call.tree = tree;
    const request = readRequest(parts, call, { cards, tree });
    if (held !== null) {
      if (inFlight.has(held)) throw keyInUse(call.key ?? "");
      inFlight.add(held);
      isHolder = true;
    }
    return await execute(parts, call, request);
  } catch (error) {
    const apiError = toApiError(error);
    if (apiError.status >= 500 && apiError.status !== 501) parts.onFault(call.requestId, apiError);
    return errorAnswer(apiError, parts.requestLogUrl(call));
  } finally {
    if (isHolder && held !== null) inFlight.delete(held);
    leave?.();
    for (const card of cards) parts.platform.vault.ingress.release(card);
    // Also where the request was refused before the vault could cut its card out.
    call.incoming.body?.fill(0);
  }
}

const noBody = Buffer.alloc(0);

/** Whether this kind of key may call this. @throws ApiError 403 */
function checkKey(caller: Caller, operation: Operation): void {
  if (caller.kind !== "restricted") {
    if (!operation.allow.includes(caller.kind)) throw wrongKind();
    return;
  }
  const { permission } = operation;
  const needed = operation.method === "GET" ? "read" : "write";
  const given = permission === undefined ? undefined : caller.permissions?.[permission];
  if (permission === undefined || !operation.allow.includes("secret")) throw wrongKind();
  if (given !== "write" && given !== needed) throw missingPermission(caller, permission, needed);
}

const missingPermission = (caller: Caller, permission: string, needed: string): ApiError =>
  new ApiError(403, "invalid_request_error", {
    message: `The provided key '${caller.shownKey}' does not have the required permissions for this endpoint on account '${caller.accountId}'. Having the 'rak_${permission}_${needed}' permission would allow this request to continue.`,
  });

/** Whether this caller may make this call, and now. @throws ApiError */
function enter(parts: DispatchParts, { caller, compiled: { operation } }: Call): Leave | undefined {
  checkKey(caller, operation);
  return parts.checkRate({
    ...caller,
    isSearch: operation.answers === "search",
    isWrite: operation.method !== "GET",
    method: operation.method,
    path: operation.path,
  });
}

/** What is wrong with the request before its parameters are read. @throws ApiError */
function checkRequest({ incoming, key }: Call): void {
  checkVersion(incoming.header("stripe-version"));
  if (key !== null && (key.length > keyLengthMax || key === "")) throw keyTooLong();
  if (incoming.body !== null && incoming.body.length > 0)
    checkContentType(incoming.header("content-type"));
  if (incoming.body !== null && incoming.query !== "") {
    throw invalidRequest(
      "The parameters of a POST request belong in its body, but this request has a query string.",
    );
  }
}

function readRequest(
  parts: DispatchParts,
  call: Call,
  { tree, cards }: { readonly tree: FormTree; readonly cards: readonly CardHandle[] },
): ReadRequest {
  const { compiled, caller, key } = call;
  for (const { name, path: place } of compiled.unbuilt) {
    if (isGiven(tree, place)) {
      const { method, path } = compiled.operation;
      throw notImplemented(`the parameter '${name}' of ${method} ${path}`, name);
    }
  }
  const parameters = compiled.read(tree, cards);
  const { operation } = compiled;
  const resource = operation.answers === "plain" ? undefined : operation.resource;
  const asked = parameters["expand"] as string[] | undefined;
  // The one field of a search's own answer that is there when it is asked for.
  const toExpand =
    operation.answers === "search" ? asked?.filter((field) => field !== "total_count") : asked;
  const expansions = readExpansions(parts.resources, toExpand, {
    isList: operation.answers === "list" || operation.answers === "search",
    resource: resource as Resource | undefined,
  });
  const { vault } = parts.platform;
  const digest =
    key === null
      ? ""
      : digestOf(
          canonicalForm(
            tree,
            cards.map((card) => vault.digest(card, caller)),
          ),
        );
  return { digest, expansions, parameters };
}

function isGiven(tree: FormTree, place: readonly string[]): boolean {
  let value: FormValue | undefined = tree;
  for (const part of place) {
    if (value === undefined || !isFormHash(value)) return false;
    value = value.get(part);
  }
  return value !== undefined;
}

/** 128 bits of SHA-256: two different requests under one key never look the same. */
const digestOf = (canonical: string): string => hash("sha256", canonical, "base64url").slice(0, 22);

function checkContentType(header: string | undefined): void {
  if (header === undefined || /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(header)) return;
  throw invalidRequest(
    "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.",
  );
}

const wrongKind = (): ApiError =>
  new ApiError(403, "invalid_request_error", {
    code: "secret_key_required",
    message:
      "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
  });

const noAccess = (caller: Caller, account: string): ApiError =>
  new ApiError(403, "invalid_request_error", {
    code: "account_invalid",
    message: `The provided key '${caller.shownKey}' does not have access to account '${shownName(account)}' (or that account does not exist). Application access may have been revoked.`,
  });
