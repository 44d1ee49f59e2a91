// Stripe's own library, pointed at iStripe. The address is all that differs from real use.
import Stripe from "stripe";

const { hostname, port, protocol } = new URL(
  process.env.ISTRIPE_API_BASE ?? "http://127.0.0.1:4242",
);

export const stripe = new Stripe(process.env.ISTRIPE_API_KEY, {
  host: hostname,
  port: Number(port),
  protocol: protocol.slice(0, -1),
});
