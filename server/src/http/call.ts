/**
 * One request on its way through the server, and the parts that handle it.
 */
import type { Platform } from "../context.ts";
import type { ApiError } from "../core/errors.ts";
import type { Authenticate, Caller } from "./authentication.ts";
import type { CompiledOperation } from "./compiled-operation.ts";
import type { Resources } from "./expansion.ts";
import type { FormTree } from "./form/form-tree.ts";
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
  /** Where the record of a request is found; undefined where none is kept. For errors. */
  requestLogUrl(asked: Asked): string | undefined;
}

/** A request of a caller who is known. */
export interface Asked {
  readonly method: string;
  readonly incoming: IncomingRequest;
  readonly caller: Caller;
  readonly requestId: string;
  /** Whether the answer holds a secret that is shown once. */
  readonly hidesAnswer: boolean;
  /** The parameters as sent, markers in the place of card data; undefined until they are read. */
  tree: FormTree | undefined;
}

/** One request on its way. */
export interface Call extends Asked {
  readonly compiled: CompiledOperation;
  /** The caller's key; null when none was sent or the method takes none. */
  readonly key: string | null;
}
