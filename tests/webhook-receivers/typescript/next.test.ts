/**
 * The same guarantees for a real Next.js application (../next-app), built and started as its users do. tools/test-next.sh
 * installs and builds it and runs this file; other runs leave it out.
 */
import { testBehindIstripe } from "./support/behind-istripe.ts";
import { testKilledInMidHandler } from "./support/killed-in-mid-handler.ts";
import { shopOfEachTest } from "./support/shop-under-test.ts";

const shop = shopOfEachTest();

testKilledInMidHandler(shop, ["next"]);
testBehindIstripe(shop, [
  { engine: "sqlite", framework: "next", isStandard: false },
  { engine: "postgres", framework: "next", isStandard: true },
]);
