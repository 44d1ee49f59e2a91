/**
 * The page of test cards: a title and how to use them, and below it the table that the simulator's own rows give.
 */
import { testCardTable } from "@istripe/simulator";

export const testCardPage = (): string => `# Test cards

In test mode no money moves: a simulator stands where a card processor would. These are the cards it knows. Use a number
with any CVC and any expiry that is not over, or the name of a token such as \`tok_visa\` as a charge's or a customer's
\`source\`. Any other number is declined. This page is written by \`npm run generate\` from the rows that the simulator
decides by, and every row is played through by \`tests/wire/test-cards.test.ts\`.

${testCardTable()}`;
