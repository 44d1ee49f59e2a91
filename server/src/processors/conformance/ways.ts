/**
 * The ways to reach a processor that the conformance tests run on: in this process and over HTTP, always through a
 * real vault, and over HTTP with a journal, as a simulator of its own always has one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createSimulator,
  type Fault,
  namedTestCards,
  openJournal,
  type Simulator,
  startSimulator,
} from "@istripe/simulator";
import { type CardHandle, openVault, type Vault } from "@istripe/vault";
import type { Authorization, Processor } from "../processor.ts";
import { createSimulatorProcessor } from "../simulator/adapter.ts";

export interface Way {
  readonly vault: Vault;
  readonly processor: Processor;
  readonly simulator: Simulator;
  /** Every request body and reply that the processor's side saw. */
  readonly seen: string[];
  close(): Promise<void>;
}

export function openTestVault(): Vault {
  const vault = openVault({
    directory: null,
    testCards: namedTestCards(),
    monotonicNow: () => performance.now(),
  });
  vault.ingress.protect(["card[number]", "card[cvc]"]);
  return vault;
}

/** Notes what a simulator is asked and what it answers. */
function watched(inner: Simulator): { simulator: Simulator; seen: string[] } {
  const seen: string[] = [];
  const handle: Simulator["handle"] = (request) => {
    const answer = inner.handle(request);
    seen.push(JSON.stringify(request.body) ?? "", JSON.stringify(answer.body) ?? "");
    return answer;
  };
  return { simulator: { ...inner, handle }, seen };
}

export async function openInProcess(): Promise<Way> {
  const vault = openTestVault();
  const { simulator, seen } = watched(createSimulator());
  const processor = createSimulatorProcessor(vault.egress, { simulator });
  const close = async (): Promise<void> => vault.close();
  return { vault, processor, simulator, seen, close };
}

export async function openOverHttp(): Promise<Way> {
  const vault = openTestVault();
  const folder = mkdtempSync(join(tmpdir(), "processor-"));
  const journal = openJournal(join(folder, "journal.jsonl"));
  const { simulator, seen } = watched(createSimulator({ journal }));
  const running = await startSimulator({ simulator, port: 0 });
  const processor = createSimulatorProcessor(vault.egress, { url: running.url, timeoutMs: 1000 });
  const close = async (): Promise<void> => {
    vault.close();
    await running.close();
    journal.close();
    rmSync(folder, { recursive: true });
  };
  return { vault, processor, simulator, seen, close };
}

export const ways: readonly (readonly [string, () => Promise<Way>])[] = [
  ["in process", openInProcess],
  ["over HTTP", openOverHttp],
];

const scope = { accountId: "acct_1", livemode: false };
let nextReference = 1;

/** A test card as a token keeps it: sealed, its CVC waiting in the vault. */
export function sealedCard(vault: Vault, name: string): Authorization {
  const handle = vault.ingress.testCard(name);
  if (handle === undefined) throw new Error(`There is no test card ${name}.`);
  return sealedFrom(vault, handle);
}

function sealedFrom(vault: Vault, handle: CardHandle): Authorization {
  const cardId = `card_${nextReference}`;
  const { blob } = vault.seal(handle, { ...scope, reference: cardId });
  vault.ingress.release(handle);
  return {
    ...scope,
    reference: `ch_${nextReference++}`,
    amount: 2000,
    currency: "usd",
    capture: true,
    card: { kind: "sealed", sealed: blob, cardId },
    cvcGiven: true,
    expMonth: 12,
    expYear: 2030,
    addressLine1: "1 Main St",
    addressZip: "94110",
  };
}

/** As {@link sealedCard}, for any number. */
export function cardNumbered(vault: Vault, number: string): Authorization {
  const { cards } = vault.ingress.cut(Buffer.from(`card[number]=${number}&card[cvc]=9137`));
  const [handle] = cards;
  if (handle === undefined) throw new Error("The vault found no card.");
  return sealedFrom(vault, handle);
}

/** A fault that hits the next request. */
export const failWith = (action: Fault["action"], delayMs = 1000): Fault => ({
  action,
  match: {},
  count: 1,
  delayMs,
});
