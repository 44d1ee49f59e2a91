/**
 * The first pages of a large run as text: one line a question and database, each with its verdict, and one for all.
 */
import { firstPageGoalMs } from "../first-pages/ask.ts";
import type { FirstPage } from "../results.ts";
import { columns } from "./columns.ts";

const headings = ["first page of", "database", "cold ms", "median ms", "p95 ms", "CPU ms", ""];
const figureFrom = 2;

export function firstPageLines(pages: readonly FirstPage[]): string[] {
  if (pages.length === 0) return [];
  const missed = pages.filter(({ is_met }) => !is_met).length;
  const goal = `goal of ${firstPageGoalMs} ms`;
  return [
    `first pages of ${pages[0]?.stored.toLocaleString("en")} stored, one at a time, at the caller`,
    ...columns(
      [headings, ...pages.map(cellsOf)],
      (at) => at < figureFrom || at === headings.length - 1,
    ),
    missed === 0
      ? `the ${goal} is met by all`
      : `the ${goal} is MISSED by ${missed} of ${pages.length}`,
    "",
  ];
}

const cellsOf = (page: FirstPage): string[] => [
  page.question,
  page.database,
  page.cold_ms.toFixed(1),
  page.median_ms.toFixed(1),
  page.p95_ms.toFixed(1),
  page.cpu_ms?.toFixed(1) ?? "?",
  page.is_met ? `goal ${firstPageGoalMs} ms met` : `goal ${firstPageGoalMs} ms MISSED`,
];
