/**
 * The test cards for 3-D Secure, as a plain authorization meets them: nobody can authenticate in one, so a card that
 * must be authenticated is declined. Attaching one asks for no money and for no authentication.
 */
import {
  cardDeclined,
  decline,
  failsToPay,
  later,
  type Refusal,
  type Row,
  refusedAs,
} from "./card.ts";

/** Declined when it pays, for want of what only the cardholder's authentication could bring about. */
const failing = (reason: string, behaviour: string): Refusal =>
  decline(reason, { behaviour, onlyPayments: true });

const mustAuthenticate = (behaviour: string): Refusal =>
  failing("authentication_required", behaviour);

const unauthenticated = failsToPay(refusedAs("authentication_required", null));

export const threeDSecureCards: readonly Row[] = [
  [
    "4000002500003155",
    "authenticationRequiredOnSetup",
    "must authenticate unless set up before",
    mustAuthenticate("requires_authentication_unless_set_up"),
    unauthenticated,
  ],
  [
    "4000002760003184",
    "authenticationRequired",
    "must always authenticate",
    mustAuthenticate("requires_authentication"),
    unauthenticated,
  ],
  [
    "4000003800000446",
    "authenticationRequiredSetupForOffSession",
    "counts as set up: authenticates on session only",
    later("requires_authentication_on_session"),
  ],
  [
    "4000008260003178",
    "authenticationRequiredChargeDeclinedInsufficientFunds",
    "must authenticate, then insufficient funds",
    failing("insufficient_funds", "requires_authentication"),
    failsToPay(cardDeclined("insufficient_funds")),
  ],
  [
    "4000000000003220",
    "threeDSecure2Required",
    "must authenticate, then succeeds",
    mustAuthenticate("requires_authentication"),
    unauthenticated,
  ],
  [
    "4000008400001629",
    "threeDSecureRequiredChargeDeclined",
    "must authenticate, then is declined",
    mustAuthenticate("requires_authentication"),
    unauthenticated,
  ],
  [
    "4000008400001280",
    "threeDSecureRequiredProcessingError",
    "must authenticate, and the look-up fails",
    failing("generic_decline", "authentication_lookup_error"),
    failsToPay(cardDeclined("generic_decline")),
  ],
  [
    "4000000000003055",
    "threeDSecureOptional",
    "may authenticate",
    later("authentication_optional"),
  ],
  [
    "4000000000003097",
    "threeDSecureOptionalProcessingError",
    "may authenticate, and the look-up fails",
    later("authentication_optional_lookup_error"),
  ],
  [
    "4000582600000094",
    "",
    "mobile challenge, out of band",
    mustAuthenticate("requires_authentication"),
    unauthenticated,
  ],
  [
    "4000582600000045",
    "",
    "mobile challenge, one-time password",
    mustAuthenticate("requires_authentication"),
    unauthenticated,
  ],
  [
    "4000582600000102",
    "",
    "mobile challenge, single select",
    mustAuthenticate("requires_authentication"),
    unauthenticated,
  ],
  [
    "4000582600000110",
    "",
    "mobile challenge, multi select",
    mustAuthenticate("requires_authentication"),
    unauthenticated,
  ],
];
