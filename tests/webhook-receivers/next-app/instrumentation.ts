/** Runs once, before the first request: opens the shop, which begins to handle what is left in the inbox. */
export async function register(): Promise<void> {
  if (process.env["NEXT_RUNTIME"] !== "nodejs") return;
  const { theShop } = await import("./the-shop");
  await theShop();
}
