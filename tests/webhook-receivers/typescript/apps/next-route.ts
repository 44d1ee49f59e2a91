/** What would be `app/webhooks/route.ts` in a Next.js application: a module that exports POST. */
import { fetchWebhook } from "@istripe/webhooks/web";
import { openShop, readSettings } from "./shop.ts";

/** In a Next.js application this is in `instrumentation.ts`, which runs once before the first request. */
export const shop = await openShop(readSettings());

export const POST = fetchWebhook(shop.webhooks);
