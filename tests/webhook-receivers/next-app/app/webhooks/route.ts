/** The shop's webhook as a route handler of Next.js. */
import { fetchWebhook } from "@istripe/webhooks/web";
import { theShop } from "../../the-shop";

export async function POST(request: Request): Promise<Response> {
  const { webhooks } = await theShop();
  return fetchWebhook(webhooks)(request);
}
