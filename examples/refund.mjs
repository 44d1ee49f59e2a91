// Money back, in part and then the rest; the balance shows every cent.
import { stripe } from "./client.mjs";

const charge = await stripe.charges.create({ amount: 5000, currency: "usd", source: "tok_visa" });
const part = await stripe.refunds.create({ amount: 1500, charge: charge.id });
console.log(`Refunded ${part.amount / 100}: ${part.status}.`);

const rest = await stripe.refunds.create({ charge: charge.id });
console.log(`Refunded the remaining ${rest.amount / 100}: ${rest.status}.`);

const { data } = await stripe.balanceTransactions.list({ limit: 3 });
for (const { amount, fee, net, type } of data) {
  console.log(`${type.padEnd(8)} ${amount} - ${fee} = ${net}`);
}
const left = data.reduce((sum, { net }) => sum + net, 0);
console.log(`What is left is the fee: ${left}.`);
