/**
 * The vault's one door. A card number exists in clear only behind it: callers hold opaque handles, sealed bytes and
 * what may be shown of a card, never the number. CVC lives in memory for one authorization and is never sealed.
 */
export type { CardBrand, CardFacts, CardFunding } from "./internal/card-facts.ts";
export type { CardHandle } from "./internal/card-handle.ts";
export type {
  CardToSend,
  CvcUse,
  Egress,
  EgressFailure,
  EgressReply,
  EgressSend,
} from "./internal/egress.ts";
export type { HttpTransport } from "./internal/http-transport.ts";
export type { Cut, Ingress } from "./internal/ingress.ts";
export type { Limits } from "./internal/limits.ts";
export { cardSlots } from "./internal/request-filling.ts";
export { type Binding, SealBroken, type SealedCard } from "./internal/sealed-card.ts";
export type { Secrets } from "./internal/sealed-secret.ts";
export { openSecretReader, type SecretReader } from "./internal/secret-reader.ts";
export type { EgressRequest, InProcessTransport, Transport } from "./internal/transport.ts";
export { openVault, type Scope, type TestCard, type Vault } from "./internal/vault.ts";
