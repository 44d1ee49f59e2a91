/**
 * Which fields of a resource can be searched, as data: the type of each says which operators it takes, and how it is
 * read from a row. The index and the check of a found row both read through this, so a new resource declares its
 * fields and is searchable.
 */
import type { Row, Table } from "../store/table.ts";

type FieldType = "token" | "string" | "numeric" | "created";

export interface SearchField<R> {
  /**
   * A token equals the whole value; a string is found by words or by a substring; a number is compared. `created` is
   * a number too, and the order of the rows, so that it needs no index of its own.
   */
  readonly type: FieldType;
  /** Whether some rows have no value, which `field:null` asks for. */
  readonly isNullable: boolean;
  read(row: R): string | number | null;
}

export interface Searchable<T extends Table = Table> {
  /** The resource's name, under which events tell of its changes. */
  readonly kind: string;
  /** As Stripe's sentences name it: `customers`. */
  readonly plural: string;
  /** Has the columns account_id, id, livemode, created and position, and an index for its list. */
  readonly table: T;
  /** Raised when the fields change: the index of the resource is then made anew. */
  readonly edition: number;
  readonly fields: Readonly<Record<string, SearchField<Row<T>>>>;
  /** The caller's own keys and values; absent where the resource has none. */
  metadata?(row: Row<T>): Readonly<Record<string, string>>;
  /** Rows that search never shows, such as deleted ones. */
  isGone?(row: Row<T>): boolean;
}

/** Forgets which table it is about: a list of declarations holds several. */
export const searchable = <T extends Table>(declaration: Searchable<T>): Searchable =>
  declaration as unknown as Searchable;

type Read<R, Value> = (row: R) => Value;

export const token = <R>(read: Read<R, string | number>): SearchField<R> => ({
  isNullable: false,
  read,
  type: "token",
});

export const tokenOrNull = <R>(read: Read<R, string | null>): SearchField<R> => ({
  isNullable: true,
  read,
  type: "token",
});

export const stringOrNull = <R>(read: Read<R, string | null>): SearchField<R> => ({
  isNullable: true,
  read,
  type: "string",
});

export const numeric = <R>(read: Read<R, number>): SearchField<R> => ({
  isNullable: false,
  read,
  type: "numeric",
});

export const creation = <R extends { readonly created: number }>(): SearchField<R> => ({
  isNullable: false,
  read: (row) => row.created,
  type: "created",
});
