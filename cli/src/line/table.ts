/**
 * Objects as a table for people: one line for the titles and one for each object. Every cell is made printable, because
 * somebody else may have chosen what stands in it.
 */
import { styleText } from "node:util";
import { printable } from "./redaction.ts";

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
}

/** Bold titles where stdout is a terminal. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.of(row))));
  const widths = columns.map(({ title }, at) =>
    cells.reduce((width, line) => Math.max(width, line[at]?.length ?? 0), title.length),
  );
  const lineOf = (line: readonly string[]): string =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  const titles = lineOf(columns.map(({ title }) => title));
  return [styleText("bold", titles, { stream: process.stdout }), ...cells.map(lineOf)]
    .map((line) => `${line}\n`)
    .join("");
}
