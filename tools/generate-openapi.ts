/**
 * Writes openapi/istripe.json from the server's own declarations. A test fails when the committed file is another.
 */
import { writeFileSync } from "node:fs";
import { openApiText } from "@istripe/server";

writeFileSync("openapi/istripe.json", openApiText());
