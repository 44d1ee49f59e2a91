/**
 * Where events are forwarded to: an address as people write it, `localhost:3000/webhooks` or just a port.
 */
import { usageFailure } from "../line/failure.ts";

/** @throws CommandFailure usage, without the text: an address may carry a password. */
export function readTarget(text: string): URL {
  const whole = text.includes("://")
    ? text
    : `http://${text.replace(/^:?(?=\d{1,5}(?:\/|$))/, "localhost:")}`;
  const target = URL.canParse(whole) ? new URL(whole) : undefined;
  if (target !== undefined && /^https?:$/.test(target.protocol) && target.hash === "")
    return target;
  throw usageFailure("--forward-to takes an address such as localhost:3000/webhooks.");
}
