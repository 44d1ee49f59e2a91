/** The one shop of the process. Next.js bundles routes and instrumentation apart, so a module's variable would be two. */
import { openShop, readSettings, type Shop } from "../typescript/apps/shop.ts";

const place = globalThis as { shop?: Promise<Shop> };

export function theShop(): Promise<Shop> {
  place.shop ??= open();
  return place.shop;
}

async function open(): Promise<Shop> {
  const shop = await openShop(readSettings());
  // With NEXT_MANUAL_SIG_HANDLE, Next.js leaves the end of the process to us.
  process.once("SIGTERM", async () => {
    await shop.close();
    process.exit(0);
  });
  return shop;
}
