/**
 * A card as it pays for a charge, wherever it comes from. The number stays behind the vault's door.
 */
import type { Authorization } from "../../../processors/processor.ts";
import type { SealedCard } from "../../cards/intake/seal.ts";

/** What a charge keeps of its card. */
export interface ChargedCard extends Omit<SealedCard, "sealed"> {
  /** The token that holds what is sealed of it; null for a card that a customer keeps, or that nothing is kept of. */
  readonly token: string | null;
  /** The customer who keeps it; null for a card of nobody. */
  readonly customer: string | null;
  /** How the processor's side reaches the number. */
  readonly reach: Authorization["card"];
}
