/** The guarantees of CVCs: in memory for one authorization, then nowhere; never sealed, never written. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CardToSend } from "./egress/egress.ts";
import { cardSlots } from "./egress/request-filling.ts";
import type { Binding } from "./sealing/sealed-card.ts";
import { handleOf, openTestVault, visa, withDirectory } from "./test-vault.ts";
import type { Vault } from "./vault.ts";

const binding: Binding = { accountId: "acct_1", livemode: false, reference: "card_1" };
const body = cardSlots;

/** Sends a card; the CVC that the processor received and what the vault said of it. */
function send(vault: Vault, card: CardToSend, cvcAfterReply: "wipe" | "keep" = "wipe") {
  const received: unknown[] = [];
  const name = `witness ${performance.now()} ${Math.random()}`;
  vault.egress.allow({
    name,
    transport: (request) => {
      received.push((request.body as { readonly cvc: unknown }).cvc);
      return { status: 200, body: {} };
    },
  });
  const request = { method: "POST", path: "/", body };
  const reply = vault.egress.sendNow({ destination: name, card, request, cvcAfterReply });
  return [received[0], reply.cvc];
}

/** A sealed card whose CVC waits in memory; its handle is released as at the end of a request. */
function sealedCard(vault: Vault, place = binding): CardToSend {
  const handle = handleOf(vault, visa, "987");
  const sealed = vault.seal(handle, place).blob;
  vault.ingress.release(handle);
  return { sealed, binding: place };
}

test("a sealed card's CVC is sent once and wiped after the reply", () => {
  const { vault } = openTestVault();
  const card = sealedCard(vault);
  expect(send(vault, card)).toEqual(["987", "sent"]);
  expect(send(vault, card)).toEqual([null, "unavailable"]);
  vault.close();
});

test("a CVC sent through its handle is gone for the sealed card too, and the other way round", () => {
  const { vault } = openTestVault();
  const first = handleOf(vault, visa, "987");
  const sealed = vault.seal(first, binding).blob;
  expect(send(vault, { handle: first })).toEqual(["987", "sent"]);
  expect(send(vault, { sealed, binding })).toEqual([null, "unavailable"]);
  const second = handleOf(vault, visa, "987");
  const again = vault.seal(second, binding).blob;
  expect(send(vault, { sealed: again, binding })).toEqual(["987", "sent"]);
  expect(send(vault, { handle: second })).toEqual([null, "unavailable"]);
  vault.close();
});

test("a CVC is gone 15 minutes after it came in, sealed or swept or not", () => {
  const { vault, advance } = openTestVault();
  const card = sealedCard(vault);
  advance(15 * 60_000 - 1);
  vault.sweep();
  expect(send(vault, card, "keep")).toEqual(["987", "sent"]);
  advance(1);
  expect(send(vault, card)).toEqual([null, "unavailable"]);
  const other = sealedCard(vault);
  advance(15 * 60_000);
  vault.sweep();
  expect(send(vault, other)).toEqual([null, "unavailable"]);
  vault.close();
});

test("a restart loses every CVC, and the card still opens without it", () => {
  withDirectory((directory) => {
    const before = openTestVault({ directory }).vault;
    const card = sealedCard(before);
    before.close();
    const after = openTestVault({ directory }).vault;
    expect(send(after, card)).toEqual([null, "unavailable"]);
    after.close();
  });
});

test("no file of the key directory holds a card number, a CVC or a data key in clear", () => {
  withDirectory((directory) => {
    const { vault } = openTestVault({ directory });
    sealedCard(vault);
    const bytes = readdirSync(directory).map((name) => readFileSync(join(directory, name)));
    const all = Buffer.concat(bytes);
    expect(bytes).toHaveLength(2);
    for (const secret of [visa, visa.slice(0, 8), '"987"']) {
      expect(all.includes(secret)).toBe(false);
      expect(all.includes(Buffer.from(secret).toString("base64").replace(/=+$/, ""))).toBe(false);
      expect(all.includes(Buffer.from(secret).toString("hex"))).toBe(false);
    }
    vault.close();
  });
});

test("another card's authorization neither sends nor wipes a CVC, in any other account or mode", () => {
  const { vault } = openTestVault();
  const card = sealedCard(vault);
  for (const place of [
    { ...binding, reference: "card_2" },
    { ...binding, livemode: true },
    { ...binding, accountId: "acct_2" },
  ]) {
    const handle = handleOf(vault, visa);
    const sealed = vault.seal(handle, place).blob;
    expect(send(vault, { sealed, binding: place })).toEqual([null, "unavailable"]);
  }
  expect(send(vault, card)).toEqual(["987", "sent"]);
  vault.close();
});

test("sealing again under another reference, as a repeated transaction does, moves the CVC there", () => {
  const { vault } = openTestVault();
  const handle = handleOf(vault, visa, "987");
  const first = { sealed: vault.seal(handle, binding).blob, binding };
  const elsewhere = { ...binding, reference: "card_2" };
  const second = { sealed: vault.seal(handle, elsewhere).blob, binding: elsewhere };
  vault.ingress.release(handle);
  expect(send(vault, first)).toEqual([null, "unavailable"]);
  expect(send(vault, second)).toEqual(["987", "sent"]);
  vault.close();
});

test("a card has one CVC: the one sealed last under its reference, and the earlier one is wiped", () => {
  const { vault } = openTestVault();
  const first = handleOf(vault, visa, "987");
  const second = handleOf(vault, visa, "654");
  vault.seal(first, binding);
  const sealed = vault.seal(second, binding).blob;
  expect(send(vault, { handle: first })).toEqual([null, "unavailable"]);
  expect(send(vault, { sealed, binding })).toEqual(["654", "sent"]);
  vault.close();
});

test("a CVC kept for a transaction that may run again is sent again, until forgotten or 5 seconds later", () => {
  const { vault, advance } = openTestVault();
  const card = sealedCard(vault);
  expect(send(vault, card, "keep")).toEqual(["987", "sent"]);
  expect(send(vault, card, "keep")).toEqual(["987", "sent"]);
  vault.egress.forgetCvc(card);
  vault.egress.forgetCvc(card);
  expect(send(vault, card)).toEqual([null, "unavailable"]);
  const other = sealedCard(vault);
  expect(send(vault, other, "keep")).toEqual(["987", "sent"]);
  advance(5_000);
  expect(send(vault, other)).toEqual([null, "unavailable"]);
  vault.close();
});

test("a processor that throws in this process leaves the CVC for the next try", () => {
  const { vault } = openTestVault();
  const card = sealedCard(vault);
  vault.egress.allow({
    name: "broken",
    transport: () => {
      throw new Error("The processor is broken.");
    },
  });
  const request = { method: "POST", path: "/", body };
  expect(() => vault.egress.sendNow({ destination: "broken", card, request })).toThrow("is broken");
  expect(send(vault, card)).toEqual(["987", "sent"]);
  vault.close();
});

test("beyond the limit the oldest waiting CVC is dropped", () => {
  const { vault } = openTestVault({ limits: { cvcCountMax: 2 } });
  const cards = ["card_1", "card_2", "card_3"].map((reference) =>
    sealedCard(vault, { ...binding, reference }),
  );
  expect(cards.map((card) => send(vault, card)[1])).toEqual(["unavailable", "sent", "sent"]);
  vault.close();
});

test("a released handle takes its unsealed CVC with it, and a thousand times over no memory runs out", () => {
  const { vault } = openTestVault({ limits: { handleCountMax: 2, cvcCountMax: 2 } });
  for (let count = 0; count < 1_000; count++) {
    const handle = handleOf(vault, visa, "987");
    if (count % 3 === 0) vault.seal(handle, { ...binding, reference: `card_${count}` });
    if (count % 2 === 0) vault.ingress.release(handle);
  }
  const card = sealedCard(vault);
  expect(send(vault, card)).toEqual(["987", "sent"]);
  vault.close();
});

test("a handle without a CVC says that there was none", () => {
  const { vault } = openTestVault();
  expect(send(vault, { handle: handleOf(vault, visa) })).toEqual([null, "absent"]);
  vault.close();
});
