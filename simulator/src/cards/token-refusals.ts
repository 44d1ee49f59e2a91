/**
 * What never becomes a token: cards whose form is wrong, refused before any processor hears of them. They are no test
 * cards of the simulator.
 */
import type { CardRefusal } from "./card.ts";

export interface TokenRefusal {
  readonly about: string;
  /** What is sent instead of the same field of a card that is right. */
  readonly change: Readonly<Partial<Record<"number" | "exp_month" | "exp_year" | "cvc", string>>>;
  readonly expected: CardRefusal;
}

const refused = (code: string, param: string): CardRefusal => ({ code, declineCode: null, param });

export const tokenRefusals: readonly TokenRefusal[] = [
  {
    about: "a number whose check digit is wrong",
    change: { number: "4242424242424241" },
    expected: refused("incorrect_number", "number"),
  },
  {
    about: "month 13",
    change: { exp_month: "13" },
    expected: refused("invalid_expiry_month", "exp_month"),
  },
  {
    about: "month 99",
    change: { exp_month: "99" },
    expected: refused("invalid_expiry_month", "exp_month"),
  },
  {
    about: "a year that is over",
    change: { exp_year: "1970" },
    expected: refused("invalid_expiry_year", "exp_year"),
  },
  {
    about: "a CVC of two digits",
    change: { cvc: "99" },
    expected: refused("invalid_cvc", "cvc"),
  },
];
