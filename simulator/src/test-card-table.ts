/**
 * The test cards as a page of Markdown, written from the same rows that the simulator decides by. The same rows give
 * the same text, to the last letter, so that a stale copy can be told.
 */
import type { CardResult, ExpectedRefund, TestCard } from "./cards/card.ts";
import { tokenRefusals } from "./cards/token-refusals.ts";
import { testCardGroups } from "./test-cards.ts";

const columns = ["Number", "Names", "What it does", "Token", "Attach", "Charge", "Refund"];

/** One section a group, each with a table of its own; no title above them. */
export function testCardTable(): string {
  const sections = testCardGroups.map(({ title, cards }) => section(title, cards));
  return `${[...sections, refusedSection()].join("\n\n")}\n`;
}

const section = (title: string, cards: readonly TestCard[]): string =>
  [`## ${title}`, "", row(columns), row(columns.map(() => "---")), ...cards.map(cardRow)].join(
    "\n",
  );

function cardRow({ number, names, about, expected }: TestCard): string {
  const { token, attach, charge, refund } = expected;
  return row([
    code(number),
    names.map((name) => code(`tok_${name}`)).join(", "),
    about,
    resultText(token),
    resultText(attach),
    resultText(charge),
    refund === null ? "" : refundText(refund),
  ]);
}

function refusedSection(): string {
  const titles = ["What is sent", "Value", "Token"];
  const rows = tokenRefusals.map(({ about, change, expected }) =>
    row([about, Object.values(change).map(code).join(", "), resultText(expected)]),
  );
  return [
    "## Refused when the token is made",
    "",
    row(titles),
    row(titles.map(() => "---")),
    ...rows,
  ].join("\n");
}

function resultText(result: CardResult): string {
  if (result === "ok") return "succeeds";
  const { code: errorCode, declineCode, param, when } = result;
  const words = [`402 ${code(errorCode)}`];
  if (declineCode !== null && declineCode !== errorCode) words.push(code(declineCode));
  if (param !== null && param !== "") words.push(`param ${code(param)}`);
  return words.join(", ") + (when === undefined ? "" : `, ${conditions[when]}`);
}

const conditions = {
  cvc_given: "when a CVC is given",
  postal_code_rule: "where the account refuses a failed postal code check",
};

function refundText({ status, later }: ExpectedRefund): string {
  if (later === null) return status;
  const reason = later.reason === null ? "" : ` (${code(later.reason)})`;
  return `${status}, later ${later.status}${reason}`;
}

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const code = (text: string): string => `\`${text}\``;
