// A card goes in once and becomes a token; the token is charged, and an event tells of it.
import { stripe } from "./client.mjs";

const token = await stripe.tokens.create({
  card: { cvc: "314", exp_month: "12", exp_year: "2034", number: "4242424242424242" },
});
console.log(`The card ending in ${token.card.last4} is now ${token.id}.`);

const charge = await stripe.charges.create({
  amount: 2000,
  currency: "usd",
  description: "Coffee for the office",
  source: token.id,
});
console.log(`Charged ${charge.amount / 100} ${charge.currency}: ${charge.status}.`);

const { data } = await stripe.events.list({ limit: 1 });
console.log(`The newest event is ${data[0].type}, about ${data[0].data.object.id}.`);
