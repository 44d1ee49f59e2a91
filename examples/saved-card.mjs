// A customer keeps a card; later a charge names the customer and nothing else.
import { stripe } from "./client.mjs";

const customer = await stripe.customers.create({
  email: "jenny@example.com",
  name: "Jenny Rosen",
  source: "tok_visa",
});
const { data: cards } = await stripe.customers.listSources(customer.id, { object: "card" });
console.log(`${customer.name} keeps ${cards.length} card, ending in ${cards[0].last4}.`);

const charge = await stripe.charges.create({
  amount: 4500,
  currency: "usd",
  customer: customer.id,
});
console.log(
  `Charged ${charge.amount / 100} ${charge.currency} to the saved card: ${charge.status}.`,
);

await stripe.customers.del(customer.id);
console.log("The customer is deleted, and the card's number with her.");
