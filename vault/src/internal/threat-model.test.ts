/** Keeps the threat model true: each test that it names exists under exactly that title. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const threatModel = readFileSync(new URL("../../THREAT-MODEL.md", import.meta.url), "utf8");
const rows = threatModel.split("\n").filter((line) => /^\| \d/.test(line));

test("every line of the threat model names tests that exist", () => {
  const folder = new URL(".", import.meta.url);
  const sources = readdirSync(folder, { encoding: "utf8", recursive: true })
    .filter((name) => name.endsWith(".test.ts") && name !== "threat-model.test.ts")
    .map((name) => readFileSync(new URL(name, folder), "utf8"))
    .join("\n");
  expect(rows.length).toBeGreaterThanOrEqual(19);
  for (const row of rows) {
    const titles = [...(row.split("|").at(-2) ?? "").matchAll(/`([^`]+)`/g)].map(
      ([, title]) => title,
    );
    expect([row, titles.length]).not.toEqual([row, 0]);
    for (const title of titles)
      expect([title, sources.includes(`"${title}"`)]).toEqual([title, true]);
  }
});
