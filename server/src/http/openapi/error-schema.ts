/** The body of every answer that is not 200. Keys are sent only when they apply, the one place where Stripe omits them. */
import type { JsonObject } from "./document.ts";

const text: JsonObject = { type: "string" };

const embedded: JsonObject = { type: "object" };

export const errorSchema: JsonObject = {
  properties: {
    error: {
      properties: {
        advice_code: text,
        charge: text,
        code: text,
        decline_code: text,
        doc_url: text,
        message: text,
        network_advice_code: text,
        network_decline_code: text,
        param: text,
        payment_intent: embedded,
        payment_method: embedded,
        payment_method_type: text,
        request_log_url: text,
        setup_intent: embedded,
        source: embedded,
        type: {
          enum: ["api_error", "card_error", "idempotency_error", "invalid_request_error"],
          type: "string",
        },
      },
      additionalProperties: false,
      required: ["type"],
      type: "object",
    },
  },
  additionalProperties: false,
  required: ["error"],
  type: "object",
};
