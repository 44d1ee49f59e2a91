/**
 * The opaque stand-in for a card that the rest of the product passes around. It holds nothing of the card, so no
 * logger, serializer or debugger can print what it stands for: whichever way it is printed it says "[card]".
 */

const printed = "[card]";

export class CardHandle {
  /** A private member makes the type nominal: no object literal passes for a handle. */
  readonly #opaque = true;

  constructor() {
    Object.freeze(this);
  }

  /** Whether a value is a handle made by a vault, whatever its prototype claims. */
  static is(value: object): value is CardHandle {
    return #opaque in value;
  }

  toString(): string {
    return printed;
  }

  toJSON(): string {
    return printed;
  }

  [Symbol.toPrimitive](): string {
    return printed;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return printed;
  }
}
