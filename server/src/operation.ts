/**
 * One endpoint as data: its route, who may call it, the schema that validates and types its parameters, what it
 * answers with, and the operation that does the work. The route table in api.ts lists them; HTTP, the OpenAPI file and
 * the tests that count coverage all read the same declarations.
 */
import type { Static, TObject, TSchema } from "@sinclair/typebox";
import type { Context } from "./context.ts";
import type { Resource } from "./resource.ts";
import type { Row, Table } from "./store/table.ts";

/**
 * The kinds of API key. A publishable key may do only what a browser needs, a restricted one only what it was given: it
 * may call what a secret key may, resource by resource.
 */
export type KeyKind = "secret" | "publishable" | "restricted";

/** What a restricted key is given or denied as one: reading is GET, writing is everything, reading included. */
export const permissionNames = [
  "account",
  "balance",
  "balance_transaction",
  "charge",
  "customer",
  "event",
  "token",
  "webhook",
] as const;
export type PermissionName = (typeof permissionNames)[number];

/** A page of rows in list order. */
export interface Page<T extends Table> {
  readonly rows: readonly Row<T>[];
  readonly hasMore: boolean;
}

interface Declaration<P extends TObject> {
  /** Whether the answer holds a secret that is shown once: then what an idempotency key keeps of it is sealed. */
  readonly holdsSecret?: boolean;
  readonly method: "GET" | "POST" | "DELETE";
  /** In Stripe's path, with the id as `:name`. */
  readonly path: string;
  readonly summary: string;
  /** Where a secret key may call, so may a restricted one that has the permission. */
  readonly allow: readonly ("secret" | "publishable")[];
  /** Undefined: no restricted key may call. */
  readonly permission: PermissionName | undefined;
  readonly parameters: P;
  /** Parameters that Stripe has here and iStripe has not built, such as `card[networks]`: they answer 501. */
  readonly unbuilt?: readonly string[];
}

/** Answers with one object of a resource. */
export interface SingleOperation<P extends TObject = TObject, T extends Table = Table>
  extends Declaration<P> {
  readonly answers: "single";
  readonly resource: Resource<T>;
  /** @param id of the object in the path. @param parentId in a path with two ids, the first. */
  run(context: Context, parameters: Static<P>, id: string, parentId: string): Promise<Row<T>>;
}

/** Answers with a list of a resource, newest first. */
export interface ListOperation<P extends TObject = TObject, T extends Table = Table>
  extends Declaration<P> {
  readonly answers: "list";
  readonly resource: Resource<T>;
  /** @param parentId the id in the path, of whose objects this is the list. */
  run(context: Context, parameters: Static<P>, parentId: string): Promise<Page<T>>;
  /**
   * For lists that show nothing but their own rows: what tells whether the page would read as it did before, at a
   * fraction of the cost of reading it.
   */
  state?(context: Context, parameters: Static<P>, parentId: string): Promise<string>;
}

/** A page of what a search found, the newest first. */
export interface SearchedPage<T extends Table> {
  readonly rows: readonly Row<T>[];
  readonly hasMore: boolean;
  /** What asks for the next page; null on the last. */
  readonly nextPage: string | null;
  /** Undefined unless it was asked for. */
  readonly totalCount: number | undefined;
}

/** Answers with what a query finds among the objects of a resource. */
export interface SearchOperation<P extends TObject = TObject, T extends Table = Table>
  extends Declaration<P> {
  readonly answers: "search";
  readonly resource: Resource<T>;
  run(context: Context, parameters: Static<P>): Promise<SearchedPage<T>>;
}

/** Answers with an object that is no stored row: a balance, the stub of something deleted. */
export interface PlainOperation<P extends TObject = TObject, A extends TSchema = TSchema>
  extends Declaration<P> {
  readonly answers: "plain";
  readonly schema: A;
  run(context: Context, parameters: Static<P>, id: string, parentId: string): Promise<Static<A>>;
}

export type Operation = SingleOperation | ListOperation | SearchOperation | PlainOperation;

// The three builders type `run` against the schemas of its own declaration; in the table all look alike.

export const single = <P extends TObject, T extends Table>(
  declaration: Omit<SingleOperation<P, T>, "answers">,
): Operation => ({ ...declaration, answers: "single" }) as unknown as Operation;

export const list = <P extends TObject, T extends Table>(
  declaration: Omit<ListOperation<P, T>, "answers">,
): Operation => ({ ...declaration, answers: "list" }) as unknown as Operation;

export const search = <P extends TObject, T extends Table>(
  declaration: Omit<SearchOperation<P, T>, "answers">,
): Operation => ({ ...declaration, answers: "search" }) as unknown as Operation;

export const plain = <P extends TObject, A extends TSchema>(
  declaration: Omit<PlainOperation<P, A>, "answers">,
): Operation => ({ ...declaration, answers: "plain" }) as unknown as Operation;
