/**
 * Where card data leaves: to the destinations allowed at start and nowhere else. A sealed card or a handle is opened,
 * put into the request, and taken out of the reply; the CVC is wiped when a reply has come, and kept when none has, so
 * that an authorization of unknown outcome can be asked again.
 */
import type { CardHandle } from "../card-handle.ts";
import { isCardNumber } from "../facts/card-facts.ts";
import type { KeyStore } from "../keys/key-store.ts";
import type { HeldCards } from "../memory/held-cards.ts";
import type { HeldCvc, HeldCvcs } from "../memory/held-cvcs.ts";
import { secretBytes } from "../memory/secret-bytes.ts";
import { type Binding, openNumber } from "../sealing/sealed-card.ts";
import { createHttpSender, type DeliveryFailure, type HttpSender } from "./http-transport.ts";
import { scrubReply, scrubValues } from "./reply-scrubber.ts";
import { asksForCvc, type CardValues, fillAsBytes, fillAsValues } from "./request-filling.ts";
import type { EgressRequest, InProcessTransport, Transport } from "./transport.ts";

/** The card to send: as the database keeps it, or as it came in with this request. */
export type CardToSend =
  | { readonly sealed: Uint8Array; readonly binding: Binding }
  | { readonly handle: CardHandle };

export type EgressSend = {
  readonly destination: string;
  readonly card: CardToSend;
  readonly request: EgressRequest;
  /**
   * `wipe` (the default): the CVC is gone once a reply came. `keep`: it stays for at most 5 more seconds, for a
   * transaction whose body may run again; the caller calls `forgetCvc` when the transaction has committed.
   */
  readonly cvcAfterReply?: "wipe" | "keep";
};

/** `absent`: none was asked for, or none came with the handle. `unavailable`: used up, expired or lost by a restart. */
export type CvcUse = "sent" | "unavailable" | "absent";

export type EgressReply = {
  readonly kind: "reply";
  readonly status: number;
  /** The reply's JSON values without card data; undefined where it is no JSON. */
  readonly body: unknown;
  readonly cvc: CvcUse;
};

export type EgressFailure = DeliveryFailure & { readonly cvc: CvcUse };

export interface Egress {
  /** Allows a destination. Throws if the name is taken or the address is not one that a card may be sent to. */
  allow(destination: { name: string; transport: Transport }): void;
  /** Sends over any transport. Failures of the other side are values. Throws `SealBroken`, or for an unknown destination. */
  send(sending: EgressSend): Promise<EgressReply | EgressFailure>;
  /** Sends to a processor in this process, synchronously. Throws as `send`, and what the processor throws. */
  sendNow(sending: EgressSend): EgressReply;
  /** Wipes the CVC of a card whose authorization is final. Doing so twice is harmless. */
  forgetCvc(card: CardToSend): void;
}

type Destination = InProcessTransport | HttpSender;

/** A card opened for one exchange: its own copies, zeroed by `close`. */
type OpenedCard = CardValues & { readonly held: HeldCvc | undefined; readonly cvcUse: CvcUse };

/** The name under which a sealed card's CVC waits. */
export function cvcReference(binding: Binding): string {
  return `${binding.accountId} ${binding.livemode ? "live" : "test"} ${binding.reference}`;
}

type Copy = (part: keyof CardValues, bytes: Buffer) => Buffer;

const copyOf: Copy = (_part, bytes) => {
  const copy = secretBytes(bytes.length);
  copy.set(bytes);
  return copy;
};

/** Longer than any number or CVC. */
const scratchBytes = 32;

/** Copies into the same memory again and again, for exchanges that are over before the next begins. */
function createScratch(): Copy {
  const memory = { cvc: secretBytes(scratchBytes), number: secretBytes(scratchBytes) };
  return (part, bytes) => {
    const copy = memory[part].subarray(0, bytes.length);
    copy.set(bytes);
    return copy;
  };
}

export class CardSender implements Egress {
  readonly #cards: HeldCards;
  readonly #cvcs: HeldCvcs;
  readonly #keys: KeyStore;
  readonly #destinations = new Map<string, Destination>();
  readonly #scratch = createScratch();

  constructor(held: { cards: HeldCards; cvcs: HeldCvcs; keys: KeyStore }) {
    this.#cards = held.cards;
    this.#cvcs = held.cvcs;
    this.#keys = held.keys;
  }

  allow(destination: { name: string; transport: Transport }): void {
    const { name, transport } = destination;
    if (this.#destinations.has(name)) {
      throw new Error(`The destination ${name} is allowed already.`);
    }
    const way = typeof transport === "function" ? transport : createHttpSender(transport);
    this.#destinations.set(name, way);
  }

  async send(sending: EgressSend): Promise<EgressReply | EgressFailure> {
    const way = this.#destination(sending.destination);
    if (typeof way === "function") return this.sendNow(sending);
    const card = this.#open(sending, copyOf);
    try {
      const { method, path } = sending.request;
      const body = fillAsBytes(sending.request.body, card);
      const delivery = await way.send({ method, path, body });
      if (delivery.kind !== "reply") return { ...delivery, cvc: card.cvcUse };
      this.#settle(card, sending);
      const reply = parsedJson(scrubReply(delivery.body, card));
      return { ...delivery, body: reply, cvc: card.cvcUse };
    } finally {
      closeCard(card);
    }
  }

  sendNow(sending: EgressSend): EgressReply {
    const way = this.#destination(sending.destination);
    if (typeof way !== "function") {
      throw new Error(`The destination ${sending.destination} is not in this process.`);
    }
    const card = this.#open(sending, this.#scratch);
    try {
      const { method, path } = sending.request;
      const { status, body } = way({
        method,
        path,
        body: fillAsValues(sending.request.body, card),
      });
      this.#settle(card, sending);
      return { kind: "reply", status, body: scrubValues(body, card), cvc: card.cvcUse };
    } finally {
      closeCard(card);
    }
  }

  forgetCvc(card: CardToSend): void {
    const held = this.#heldCvc(card);
    if (held !== undefined) this.#cvcs.wipe(held);
  }

  close(): void {
    for (const way of this.#destinations.values()) if (typeof way !== "function") way.close();
    this.#destinations.clear();
  }

  #destination(name: string): Destination {
    const way = this.#destinations.get(name);
    if (way === undefined) throw new Error(`The destination ${name} is not allowed.`);
    return way;
  }

  #heldCvc(card: CardToSend): HeldCvc | undefined {
    return "handle" in card
      ? this.#cards.get(card.handle).cvc
      : this.#cvcs.find(cvcReference(card.binding));
  }

  /** Opens a card for one exchange, with its CVC if the request has a place for it. */
  #open({ card, request }: EgressSend, copy: Copy): OpenedCard {
    const isCvcAsked = asksForCvc(request.body);
    const held = this.#heldCvc(card);
    // Last of what can fail, so that whoever gets the copy zeroes it.
    const number = this.#number(card, copy);
    if (!isCvcAsked) return { number, cvc: undefined, held, cvcUse: "absent" };
    const digits = held === undefined ? undefined : this.#cvcs.view(held);
    if (digits !== undefined) return { number, cvc: copy("cvc", digits), held, cvcUse: "sent" };
    const wasNeverGiven = "handle" in card && held === undefined;
    return { number, cvc: undefined, held, cvcUse: wasNeverGiven ? "absent" : "unavailable" };
  }

  #number(card: CardToSend, copy: Copy): Buffer {
    if ("handle" in card) {
      const number = this.#cards.number(this.#cards.get(card.handle));
      if (!isCardNumber(number)) throw new Error("A card without a valid number cannot be sent.");
      return copy("number", number);
    }
    const keys = this.#keys.find(card.binding.accountId);
    return openNumber(card.sealed, card.binding, (version) => keys?.seal[version]);
  }

  /** A reply ends the authorization, approved or declined: the CVC goes (PCI DSS 3.3.1). */
  #settle(card: OpenedCard, sending: EgressSend): void {
    if (card.held === undefined) return;
    if (sending.cvcAfterReply === "keep") this.#cvcs.settleSoon(card.held);
    else this.#cvcs.wipe(card.held);
  }
}

function closeCard(card: OpenedCard): void {
  card.number.fill(0);
  card.cvc?.fill(0);
}

/** Undefined for what is no JSON. The error is dropped: its message quotes the text. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
