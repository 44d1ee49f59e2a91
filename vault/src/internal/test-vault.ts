/**
 * What the vault's own tests start from: a vault with public test cards and a clock that the test moves. Nothing in
 * the product imports it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CardHandle } from "./card-handle.ts";
import type { Limits } from "./limits.ts";
import { openVault, type Vault } from "./vault.ts";

export const visa = "4242424242424242";
export const mastercard = "5555555555554444";
export const longUnionPay = "6205500000000000004";

export type TestVault = {
  vault: Vault;
  /** Moves the vault's clock. */
  advance: (milliseconds: number) => void;
};

/** A vault whose handles and CVCs age only when told to. */
export function openTestVault(
  options: { directory?: string | null; limits?: Partial<Limits> } = {},
): TestVault {
  let now = 1_000;
  const vault = openVault({
    directory: options.directory ?? null,
    testCards: new Map([["visa", { number: visa, cvc: "123" }]]),
    monotonicNow: () => now,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  vault.ingress.protect(["card[number]", "card[cvc]", "source[number]", "source[cvc]"]);
  return {
    vault,
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}

/** The handle of a card that came in as a form. An empty CVC is not sent. */
export function handleOf(vault: Vault, number: string, cvc = ""): CardHandle {
  const form = new URLSearchParams({ "card[number]": number });
  if (cvc !== "") form.set("card[cvc]", cvc);
  const handle = vault.ingress.cut(Buffer.from(form.toString())).cards[0];
  if (handle === undefined) throw new Error("The form held no card.");
  return handle;
}

/** The card number that a processor in this process was given. */
export const numberIn = (body: unknown): string => (body as { readonly number: string }).number;

/** Runs with a folder of its own, which is removed afterwards. */
export function withDirectory(run: (directory: string) => void): void {
  const parent = mkdtempSync(join(tmpdir(), "vault-keys-"));
  try {
    run(join(parent, "keys"));
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** The same for a run that takes its time. */
export async function withDirectoryAsync(run: (directory: string) => Promise<void>): Promise<void> {
  const parent = mkdtempSync(join(tmpdir(), "vault-keys-"));
  try {
    await run(join(parent, "keys"));
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}
