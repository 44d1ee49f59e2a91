/**
 * `istripe keys` against a real server: a key that was made works, one that was rolled does not, and a key's text is
 * printed by the command that made it and by no other.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { istripe, type Ran, releaseAll, type Served, serve } from "../testing/istripe-process.ts";

let server: Served;
beforeAll(async () => {
  server = await serve();
});
afterAll(releaseAll);

const call = (...args: readonly string[]): Promise<Ran> => istripe(args, server.environment);
/** How long a key's row is trusted before it is read again, and some more. */
const trustedMs = 1100;

it("a key is made, used, listed and rolled, and the old one then ends with exit code 4", async () => {
  const made = await call(
    "keys",
    "create",
    "--name",
    "reports",
    "--kind",
    "restricted",
    ...["-p", "customer=read"],
  );
  expect(made.code).toBe(0);
  const key = made.stdout.trim();
  expect(key).toMatch(/^rk_test_51\w{48}$/);
  const use = (secret: string, path: string): Promise<Ran> =>
    call("get", path, "--api-key", secret);
  expect((await use(key, "/v1/customers")).code).toBe(0);
  expect((await use(key, "/v1/charges")).code).toBe(4);

  const listed = await call("keys", "list", "--json");
  const { data }: { readonly data: readonly { id: string; name: string | null }[] } = JSON.parse(
    listed.stdout,
  );
  const { id = "" } = data.find(({ name }) => name === "reports") ?? {};
  expect((await call("keys", "list")).stdout).toContain("customer=read");
  expect(listed.stdout).not.toContain(key);

  const rolled = await call("keys", "roll", id);
  expect(rolled.code).toBe(0);
  expect(rolled.stdout.trim()).toMatch(/^rk_test_51\w{48}$/);
  await pause(trustedMs);
  expect((await use(rolled.stdout.trim(), "/v1/customers")).code).toBe(0);
  const refused = await use(key, "/v1/customers");
  expect(refused.code).toBe(4);
  expect(refused.stderr + refused.stdout).not.toContain(key);
});

it("a key that is unknown ends with exit code 3, and a right that is none with 1 or 2", async () => {
  expect((await call("keys", "roll", "mk_none")).code).toBe(3);
  const wrong = await call("keys", "create", "--kind", "restricted", "-p", "nonsense=read");
  expect([1, 2]).toContain(wrong.code);
});
