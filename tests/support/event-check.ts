/**
 * Judges what arrived at a receiver as a merchant's program does: the official Node library, in each installed version,
 * verifies the signature over the raw body.
 */
import { libraries } from "../contract/sdk.ts";
import { keepEvent } from "./sent-events.ts";

interface Arrived {
  /** In any case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body's text as it came. */
  readonly text: string;
}

const verifiers = libraries.map(({ Stripe, name }) => ({
  name,
  webhooks: new Stripe("sk_test_none").webhooks,
}));

/** What each library says against the signature: nothing, when it is as it must be. Then the event is kept. */
export function problemsOf(arrived: Arrived, secret: string): string[] {
  const refusals = refusalsOf(arrived, secret);
  if (refusals.length === 0) keepEvent(arrived.text);
  return refusals;
}

/** What each library says against the signature. */
export function refusalsOf({ headers, text }: Arrived, secret: string): string[] {
  const [, header = ""] =
    Object.entries(headers).find(([name]) => name.toLowerCase() === "stripe-signature") ?? [];
  return verifiers.flatMap(({ name, webhooks }) => {
    try {
      webhooks.constructEvent(text, String(header), secret);
      return [];
    } catch (error) {
      return [`${name}: ${(error as Error).message}`];
    }
  });
}
