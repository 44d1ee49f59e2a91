/**
 * A card as it pays for a charge, wherever it comes from. The number stays behind the vault's door.
 */
import type { Authorization } from "../../processors/processor.ts";
import type { CardAddress } from "../cards/schema.ts";

/** What a charge keeps of its card. */
export interface ChargedCard {
  readonly id: string;
  readonly brand: string;
  readonly network: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly fingerprint: string;
  readonly funding: string;
  readonly country: string | null;
  readonly name: string | null;
  readonly address: CardAddress | null;
  readonly cvcGiven: boolean;
  /** The token that holds what is sealed of it; null for a card that a customer keeps, or that nothing is kept of. */
  readonly token: string | null;
  /** The customer who keeps it; null for a card of nobody. */
  readonly customer: string | null;
  /** How the processor's side reaches the number. */
  readonly reach: Authorization["card"];
}
