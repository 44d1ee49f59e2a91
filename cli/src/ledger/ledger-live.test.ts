/**
 * `istripe ledger verify` against a real server: it passes over honest books, and names the cent that somebody moved
 * behind the server's back.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { istripe, type Ran, releaseAll, type Served, serve } from "../testing/istripe-process.ts";

let server: Served;
beforeAll(async () => {
  server = await serve();
});
afterAll(releaseAll);

const call = (...args: readonly string[]): Promise<Ran> => istripe(args, server.environment);

it("finds honest books right, and the charge that was changed behind the server's back", async () => {
  const terms = ["-d", "currency=usd", "-d", "source=tok_visa"];
  const made = await call("post", "/v1/charges", "-d", "amount=2000", ...terms);
  const { id }: { readonly id: string } = JSON.parse(made.stdout);
  await call("post", "/v1/refunds", "-d", `charge=${id}`, "-d", "amount=500");
  const honest = await call("ledger", "verify");
  expect(honest).toMatchObject({ code: 0, stderr: "" });
  expect(honest.stdout).toMatch(/^The ledger balances\. Checked: .*1 charges.*\.\n$/);

  const database = new DatabaseSync(join(server.dataDir, "istripe.db"));
  database.exec("update charges set amount_captured = 1999, version = version + 1");
  database.close();
  // The server's reader looks at the file anew after a commit of the server's own.
  await call("post", "/v1/customers", "-d", "name=Jenny");
  const robbed = await call("ledger", "verify");
  expect(robbed.code).toBe(1);
  expect(robbed.stdout).toContain(id);
  expect(robbed.stderr).toContain("The ledger does not balance");
});
