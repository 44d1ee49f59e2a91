/**
 * The README's picture: requests per CPU-second of iStripe and stripe-mock, operation by operation, as a bar chart that
 * can be read on a light and on a dark page.
 */
import { type OperationName, operationNames } from "../load/requests.ts";
import type { Results, Row } from "../results.ts";

const titles: Readonly<Record<OperationName, string>> = {
  charge: "Create a charge (idempotency key)",
  get: "Retrieve a charge",
  list: "List the 10 newest charges",
  page: "List 10 charges from anywhere",
  tokens: "Create a card token",
};

interface Series {
  readonly title: string;
  readonly style: string;
  readonly includes: (row: Row) => boolean;
}

const series: readonly Series[] = [
  {
    includes: ({ peer, database }) => peer === "istripe" && database === "sqlite",
    style: "sqlite",
    title: "iStripe on SQLite",
  },
  {
    includes: ({ peer, database }) => peer === "istripe" && database === "postgres",
    style: "postgres",
    title: "iStripe on PostgreSQL",
  },
  {
    includes: ({ peer }) => peer === "stripe-mock",
    style: "peer",
    title: "stripe-mock (stores nothing)",
  },
  {
    includes: ({ peer }) => peer === "localstripe",
    style: "peer",
    title: "localstripe (in memory)",
  },
];

const width = 760;
const barStart = 230;
const barRoom = 400;
const barHeight = 16;
const barStep = 20;
const groupGap = 34;

const style = `
  text { font: 12px system-ui, sans-serif; fill: #57606a }
  .title { font-weight: 600; fill: #1f2328 }
  .sqlite { fill: #635bff } .postgres { fill: #9d97ff } .peer { fill: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 } .title { fill: #f0f6fc }
    .sqlite { fill: #8b85ff } .postgres { fill: #5d57b8 } .peer { fill: #59636e }
  }`;

/** @returns null where CPU time could not be read: there is nothing fair to draw. */
export function toPicture(results: Results): string | null {
  const largest = Math.max(
    ...results.rows
      .filter((row) => series.some(({ includes }) => includes(row)))
      .map((row) => row.requests_per_cpu_second ?? 0),
  );
  if (!(largest > 0)) return null;
  const parts: string[] = [];
  let y = 18;
  for (const operation of operationNames) {
    parts.push(`<text class="title" x="8" y="${y}">${titles[operation]}</text>`);
    y += 10;
    for (const one of series) {
      const row = results.rows.find(
        (found) => found.operation === operation && one.includes(found),
      );
      if (row?.requests_per_cpu_second == null) continue;
      parts.push(bar(one, { largest, row, value: row.requests_per_cpu_second, y }));
      y += barStep;
    }
    y += groupGap - 10;
  }
  const caption = `Requests per CPU-second of the server and its database; ${results.rows[0]?.repeats ?? 0} repeats in one run; every iStripe answer is on disk.`;
  parts.push(`<text x="8" y="${y}">${caption}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 12}" role="img" aria-label="${caption}">
<style>${style}
</style>
${parts.join("\n")}
</svg>
`;
}

function bar(
  { title, style: className }: Series,
  at: { readonly row: Row; readonly value: number; readonly largest: number; readonly y: number },
): string {
  const length = Math.max(1, Math.round((at.value / at.largest) * barRoom));
  const ratio =
    at.row.peer === "istripe" && at.row.ratio !== null ? ` (${at.row.ratio.toFixed(1)}×)` : "";
  const label = `${Math.round(at.value).toLocaleString("en")}${ratio}`;
  return [
    `<text x="${barStart - 8}" y="${at.y + 12}" text-anchor="end">${title}</text>`,
    `<rect class="${className}" x="${barStart}" y="${at.y}" width="${length}" height="${barHeight}" rx="2"/>`,
    `<text x="${barStart + length + 6}" y="${at.y + 12}">${label}</text>`,
  ].join("");
}
