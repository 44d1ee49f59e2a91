/**
 * Puts the vault together behind its door. Everything that can see a card number is reached from here and nowhere else;
 * closing the vault zeroes what it holds.
 */
import type { CardHandle } from "./card-handle.ts";
import { CardSender, cvcReference, type Egress } from "./egress/egress.ts";
import { factsOf, isCardNumber } from "./facts/card-facts.ts";
import { digestOf, fingerprintOf } from "./facts/fingerprint.ts";
import { BodyCutter, type Ingress } from "./ingress/ingress.ts";
import { openKeyDirectory, openMemoryKeys } from "./keys/key-directory.ts";
import { KeyStore } from "./keys/key-store.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { HeldCards } from "./memory/held-cards.ts";
import { HeldCvcs } from "./memory/held-cvcs.ts";
import { type Binding, type Scope, type SealedCard, sealNumber } from "./sealing/sealed-card.ts";
import { openSecret, type Secrets, sealSecret } from "./sealing/sealed-secret.ts";

export type { Scope };

/** A public test card, given by name so that `tok_visa` needs no card number outside the vault's caller. */
export type TestCard = { readonly number: string; readonly cvc: string };

export interface Vault {
  readonly ingress: Ingress;
  readonly egress: Egress;
  readonly secrets: Secrets;
  /** Seals a card for the database and lets its CVC wait in memory under `binding.reference`. May be repeated. */
  seal(card: CardHandle, binding: Binding): SealedCard;
  /** 16 base62 characters, equal for equal numbers of one account and mode. */
  fingerprint(card: CardHandle, scope: Scope): string;
  /** What stands for the number when requests are compared; tells nothing of the fingerprint or the CVC. */
  digest(card: CardHandle, scope: Scope): string;
  /** Makes an account's keys now rather than at its first seal. Doing so twice is harmless. */
  createAccountKeys(accountId: string): void;
  /** Drops CVCs and handles past their lifetime. Also done every few seconds by itself. */
  sweep(): void;
  /** Zeroes all card data and forgets all keys. The vault is of no use afterwards. */
  close(): void;
}

export type VaultOptions = {
  /** Folder of the keys, made 0700 if it is not there. null: in memory only, the keys die with the process. */
  readonly directory: string | null;
  readonly testCards: ReadonlyMap<string, TestCard>;
  /** Milliseconds that never go back, for the lifetimes of handles and CVCs. */
  readonly monotonicNow: () => number;
  readonly limits?: Partial<Limits>;
};

const sweepEveryMs = 5_000;

/** Opens a vault. Throws one sentence, naming the file and the remedy, if its keys are not as it left them. */
export function openVault(options: VaultOptions): Vault {
  const limits = { ...defaultLimits, ...options.limits };
  const opened =
    options.directory === null ? openMemoryKeys() : openKeyDirectory(options.directory);
  const keys = new KeyStore(opened, limits);
  const cvcs = new HeldCvcs(limits, options.monotonicNow);
  const cards = new HeldCards(limits, { now: options.monotonicNow, cvcs });
  const sender = new CardSender({ cards, cvcs, keys });
  const sweep = () => {
    cards.sweep();
    cvcs.sweep();
  };
  const sweeper = setInterval(sweep, sweepEveryMs);
  sweeper.unref();
  return {
    ingress: createIngress(cards, options.testCards),
    egress: sender,
    secrets: {
      open: (blob, binding) => openSecret(blob, binding, keys.findSecretKey(binding.accountId)),
      seal: (text, binding) => sealSecret(text, binding, keys.getSecretKey(binding.accountId)),
    },
    ...createSealing({ cards, cvcs, keys }),
    createAccountKeys: (accountId) => void keys.get(accountId),
    sweep,
    close() {
      clearInterval(sweeper);
      sender.close();
      cards.close();
      cvcs.close();
      keys.close();
    },
  };
}

function createIngress(cards: HeldCards, testCards: ReadonlyMap<string, TestCard>): Ingress {
  const cutter = new BodyCutter(cards);
  return {
    protect: (paths) => cutter.protect(paths),
    cut: (body) => cutter.cut(body),
    inspect(handle) {
      const card = cards.get(handle);
      return factsOf(cards.number(card), cards.cvc(card));
    },
    testCard(name) {
      const testCard = testCards.get(name);
      if (testCard === undefined) return undefined;
      const handle = cards.create();
      const card = cards.get(handle);
      for (const part of ["number", "cvc"] as const) {
        const digits = testCard[part];
        if (digits === "") continue;
        cards.begin(card, part);
        for (let at = 0; at < digits.length; at++) cards.append(card, part, digits.charCodeAt(at));
      }
      return handle;
    },
    release: (handle) => cards.release(handle),
  };
}

/** The three operations that turn a held card into bytes or text for the database. */
function createSealing(held: { cards: HeldCards; cvcs: HeldCvcs; keys: KeyStore }) {
  const { cards, cvcs, keys } = held;
  const numberOf = (handle: CardHandle) => {
    const card = cards.get(handle);
    const number = cards.number(card);
    if (!isCardNumber(number)) throw new Error("A card without a valid number cannot be sealed.");
    return { card, number };
  };
  return {
    seal(handle: CardHandle, binding: Binding): SealedCard {
      const { card, number } = numberOf(handle);
      const claimed = keys.claimSeal(binding.accountId);
      const blob = sealNumber(number, binding, claimed);
      const fingerprintKey = binding.livemode
        ? claimed.keys.fingerprintLive
        : claimed.keys.fingerprintTest;
      const fingerprint = fingerprintOf(number, fingerprintKey);
      if (card.cvc !== undefined) cvcs.keep(card.cvc, cvcReference(binding));
      return { blob, fingerprint, keyVersion: claimed.version };
    },
    fingerprint(handle: CardHandle, scope: Scope): string {
      const { number } = numberOf(handle);
      const { fingerprintLive, fingerprintTest } = keys.get(scope.accountId);
      return fingerprintOf(number, scope.livemode ? fingerprintLive : fingerprintTest);
    },
    digest(handle: CardHandle, scope: Scope): string {
      const number = cards.number(cards.get(handle));
      return digestOf(number, keys.get(scope.accountId).digest, scope.livemode);
    },
  };
}
