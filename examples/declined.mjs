// What a declined card looks like to a program, and what of it the buyer may be told.
import { stripe } from "./client.mjs";

for (const source of ["tok_chargeDeclinedInsufficientFunds", "tok_chargeDeclinedExpiredCard"]) {
  try {
    await stripe.charges.create({ amount: 2000, currency: "usd", source });
  } catch (error) {
    if (error.type !== "StripeCardError") throw error;
    console.log(`${error.code} (${error.decline_code}): "${error.message}"`);
    const failed = await stripe.charges.retrieve(error.charge);
    console.log(
      `The attempt is kept as ${failed.id}, ${failed.status}: ${failed.outcome.seller_message}`,
    );
  }
}
