/**
 * Writes docs/test-cards.md from the rows that the simulator decides by. A test fails when the committed page is
 * another.
 */
import { writeFileSync } from "node:fs";
import { testCardPage } from "../tests/support/test-card-page.ts";

writeFileSync("docs/test-cards.md", testCardPage());
