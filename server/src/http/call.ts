/**
 * One request on its way through the server, and the parts that handle it.
 */
import type { Platform } from "../context.ts";
import type { ApiError } from "../core/errors.ts";
import type { Authenticate, Caller } from "./authentication.ts";
import type { CompiledOperation } from "./compiled-operation.ts";
import type { Resources } from "./expansion.ts";
import type { CheckRate } from "./rate-limit.ts";
import type { RememberedPages } from "./remembered-pages.ts";

/** A request as the transport hands it over. */
export interface IncomingRequest {
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Null for GET and DELETE. Zeroed where it holds card data. */
  readonly body: Buffer | null;
  /** The ids in the path, decoded, the object's own before its parent's. */
  readonly ids: readonly string[];
  readonly clientIp: string | null;
  header(name: string): string | undefined;
}

export interface DispatchParts {
  readonly platform: Platform;
  readonly resources: Resources;
  readonly authenticate: Authenticate;
  readonly checkRate: CheckRate;
  readonly pages: RememberedPages;
  /** Hears of what is our fault, with the request's id. */
  onFault(requestId: string, error: ApiError): void;
}

/** One request on its way. */
export interface Call {
  readonly compiled: CompiledOperation;
  readonly incoming: IncomingRequest;
  readonly caller: Caller;
  readonly requestId: string;
  /** The caller's key; null when none was sent or the method takes none. */
  readonly key: string | null;
}
