/**
 * Brings the index up to date for some rows: what stands there for each is replaced by what the row says now, and rows
 * that are gone leave it. Doing so twice changes nothing, so a reader of changes may come by as often as it likes.
 */
import type { Scope } from "../../context.ts";
import type { Reader, Transaction } from "../../store/database.ts";
import { columnsOf, type Dialect, defineQuery, type Query } from "../../store/query.ts";
import type { Row, Table } from "../../store/table.ts";
import type { Searchable } from "../fields.ts";
import { type SearchDocument, searchDocuments, searchTerms } from "./schema.ts";
import { termsOfRow } from "./terms.ts";

/** What has to be written: made from committed rows before the transaction that writes it. */
export interface Changes {
  readonly scope: Scope;
  readonly kind: string;
  readonly added: readonly SearchDocument[];
  readonly changed: readonly (readonly [before: SearchDocument, after: SearchDocument])[];
  readonly removed: readonly SearchDocument[];
}

/** The columns of every table that can be searched. */
interface IndexedRow {
  readonly account_id: string;
  readonly id: string;
  readonly livemode: boolean;
  readonly created: number;
  readonly position: number;
  readonly version?: number;
}

/** @param ids few enough for one transaction; those that name nothing leave the index. */
export async function changesOf(
  reader: Reader,
  searchable: Searchable,
  about: { readonly scope: Scope; readonly ids: readonly string[] },
): Promise<Changes> {
  const { scope } = about;
  const { kind, edition } = searchable;
  const named = { ...scope, ids: JSON.stringify(about.ids) };
  // The documents first: a row that changes in between is then newer than its document, never older.
  const documents = await reader.select(documentsById, { ...named, kind });
  const rows = await reader.select(rowsById(searchable.table), named);
  const known = new Map(documents.map((document) => [document.id, document]));
  const added: SearchDocument[] = [];
  const changed: [SearchDocument, SearchDocument][] = [];
  for (const row of rows) {
    const { account_id, created, id, livemode, position, version } = row as unknown as IndexedRow;
    if (livemode !== scope.livemode || searchable.isGone?.(row)) continue;
    const before = known.get(id);
    known.delete(id);
    const object_version = version ?? 0;
    if (before?.object_version === object_version && before.edition === edition) continue;
    const terms = termsOfRow(searchable, row);
    const place = { account_id, created, id, kind, livemode, position };
    const after = { ...place, edition, object_version, terms, version: before?.version ?? 1 };
    if (before === undefined) added.push(after);
    else changed.push([before, after]);
  }
  return { added, changed, kind, removed: [...known.values()], scope };
}

export async function writeChanges(tx: Transaction, changes: Changes): Promise<void> {
  const { added, changed, kind, removed, scope } = changes;
  for (const document of removed) {
    await removeTerms(tx, document, document.terms);
    tx.remove(searchDocuments, document);
  }
  for (const [before, after] of changed) {
    const kept = new Set(after.terms);
    const old = before.terms.filter((term) => !kept.has(term));
    if (old.length > 0) await removeTerms(tx, before, old);
    const { edition, object_version, terms } = after;
    tx.update(searchDocuments, before, { edition, object_version, terms });
  }
  for (const document of added) tx.insert(searchDocuments, document);
  const ids = [...added, ...changed.map(([, after]) => after)].map(({ id }) => id);
  if (ids.length > 0) {
    await tx.execute(insertTerms, { ...scope, ids: JSON.stringify(ids), kind });
  }
}

async function removeTerms(
  tx: Transaction,
  document: SearchDocument,
  terms: readonly number[],
): Promise<void> {
  const { account_id: accountId, created, livemode, position } = document;
  const place = { accountId, created, livemode, position };
  await tx.execute(deleteTerms, { ...place, terms: JSON.stringify(terms) });
}

interface Named extends Scope {
  /** A JSON array. */
  readonly ids: string;
}

/** The texts or numbers of a JSON array, as what a column may be one of. */
const listed = (placeholder: string, dialect: Dialect): string =>
  dialect === "sqlite"
    ? `in (select value from json_each(${placeholder}))`
    : `= any (array(select jsonb_array_elements_text(cast(${placeholder} as jsonb))))`;

const documentsById = defineQuery<Named & { readonly kind: string }, SearchDocument>(
  [searchDocuments],
  (param, dialect) => `select ${columnsOf(searchDocuments)} from search_documents
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and kind = ${param("kind")} and id ${listed(param("ids"), dialect)}`,
);

const rowQueries = new WeakMap<Table, Query<Named, Row<Table>>>();

/** The mode is left out: with it, SQLite would rather read all rows of the mode than those of the key. */
function rowsById(table: Table): Query<Named, Row<Table>> {
  let query = rowQueries.get(table);
  if (query === undefined) {
    query = defineQuery<Named, Row<Table>>(
      [table],
      (param, dialect) => `select ${columnsOf(table)} from "${table.name}"
        where account_id = ${param("accountId")} and id ${listed(param("ids"), dialect)}`,
    );
    rowQueries.set(table, query);
  }
  return query;
}

/** From the documents of the same transaction, so that both always say the same. */
const insertTerms = defineQuery<Named & { readonly kind: string }, never>(
  [searchTerms, searchDocuments],
  (param, dialect) => {
    const [term, terms] =
      dialect === "sqlite"
        ? ["term.value", "json_each(document.terms) as term"]
        : [
            "cast(term.value as bigint)",
            "jsonb_array_elements_text(cast(document.terms as jsonb)) as term (value)",
          ];
    return `insert into search_terms (account_id, livemode, term, created, position)
      select document.account_id, document.livemode, ${term}, document.created, document.position
      from search_documents as document cross join ${terms}
      where document.account_id = ${param("accountId")} and document.livemode = ${param("livemode")}
        and document.kind = ${param("kind")} and document.id ${listed(param("ids"), dialect)}
      on conflict do nothing`;
  },
);

interface PlacedTerms extends Scope {
  readonly created: number;
  readonly position: number;
  /** A JSON array. */
  readonly terms: string;
}

const deleteTerms = defineQuery<PlacedTerms, never>([searchTerms], (param, dialect) => {
  const scope = `account_id = ${param("accountId")} and livemode = ${param("livemode")}`;
  const terms = param("terms");
  const choice =
    dialect === "sqlite"
      ? listed(terms, dialect)
      : `= any (cast(array(select jsonb_array_elements_text(cast(${terms} as jsonb))) as bigint[]))`;
  return `delete from search_terms where ${scope} and term ${choice}
    and created = ${param("created")} and position = ${param("position")}`;
});
