/**
 * One endpoint as data: its route, who may call it, the schema that validates and types its parameters, what it
 * answers with, and the operation that does the work. The route table in api.ts lists them; HTTP, the OpenAPI file and
 * the tests that count coverage all read the same declarations.
 */
import type { Static, TObject, TSchema } from "@sinclair/typebox";
import type { Context } from "./context.ts";
import type { Resource } from "./resource.ts";
import type { Row, Table } from "./store/table.ts";

/** The kinds of API key. A publishable key may do only what a browser needs. */
export type KeyKind = "secret" | "publishable";

/** A page of rows in list order. */
export interface Page<T extends Table> {
  readonly rows: readonly Row<T>[];
  readonly hasMore: boolean;
}

interface Declaration<P extends TObject> {
  readonly method: "GET" | "POST" | "DELETE";
  /** In Stripe's path, with the id as `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly allow: readonly KeyKind[];
  readonly parameters: P;
  /** Parameters that Stripe has here and iStripe has not built: they answer 501, never "unknown". */
  readonly unbuilt?: readonly string[];
}

/** Answers with one object of a resource. */
export interface SingleOperation<P extends TObject = TObject, T extends Table = Table>
  extends Declaration<P> {
  readonly answers: "single";
  readonly resource: Resource<T>;
  run(context: Context, parameters: Static<P>, id: string): Promise<Row<T>>;
}

/** Answers with a list of a resource, newest first. */
export interface ListOperation<P extends TObject = TObject, T extends Table = Table>
  extends Declaration<P> {
  readonly answers: "list";
  readonly resource: Resource<T>;
  run(context: Context, parameters: Static<P>): Promise<Page<T>>;
  /**
   * For lists that show nothing but their own rows: what tells whether the page would read as it did before, at a
   * fraction of the cost of reading it.
   */
  state?(context: Context, parameters: Static<P>): Promise<string>;
}

/** Answers with an object that is no stored row: a balance, the stub of something deleted. */
export interface PlainOperation<P extends TObject = TObject, A extends TSchema = TSchema>
  extends Declaration<P> {
  readonly answers: "plain";
  readonly schema: A;
  run(context: Context, parameters: Static<P>, id: string): Promise<Static<A>>;
}

export type Operation = SingleOperation | ListOperation | PlainOperation;

// The three builders type `run` against the schemas of its own declaration; in the table all look alike.

export const single = <P extends TObject, T extends Table>(
  declaration: Omit<SingleOperation<P, T>, "answers">,
): Operation => ({ ...declaration, answers: "single" }) as unknown as Operation;

export const list = <P extends TObject, T extends Table>(
  declaration: Omit<ListOperation<P, T>, "answers">,
): Operation => ({ ...declaration, answers: "list" }) as unknown as Operation;

export const plain = <P extends TObject, A extends TSchema>(
  declaration: Omit<PlainOperation<P, A>, "answers">,
): Operation => ({ ...declaration, answers: "plain" }) as unknown as Operation;
