/**
 * The vault's one door. A card number exists in clear only behind it: callers hold opaque handles, sealed bytes and
 * what may be shown of a card, never the number. CVC lives in memory for one authorization and is never sealed.
 */

export type { CardHandle } from "./internal/card-handle.ts";
export type {
  CardToSend,
  CvcUse,
  Egress,
  EgressFailure,
  EgressReply,
  EgressSend,
} from "./internal/egress/egress.ts";
export type { HttpTransport } from "./internal/egress/http-transport.ts";
export { cardSlots } from "./internal/egress/request-filling.ts";
export type { EgressRequest, InProcessTransport, Transport } from "./internal/egress/transport.ts";
export type { CardBrand, CardFacts, CardFunding } from "./internal/facts/card-facts.ts";
export type { Cut, Ingress } from "./internal/ingress/ingress.ts";
export type { Limits } from "./internal/limits.ts";
export { type Binding, SealBroken, type SealedCard } from "./internal/sealing/sealed-card.ts";
export type { Secrets } from "./internal/sealing/sealed-secret.ts";
export { openSecretReader, type SecretReader } from "./internal/sealing/secret-reader.ts";
export { openVault, type Scope, type TestCard, type Vault } from "./internal/vault.ts";
