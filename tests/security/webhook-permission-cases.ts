/**
 * The cases of webhooks in the matrix of keys and modes. Endpoints ask for events that never happen, so that nothing is
 * sent anywhere.
 */
import type { Case } from "./permission-cases.ts";

export const quietEndpoint = {
  "enabled_events[]": "topup.created",
  url: "https://example.com/webhooks",
} as const;

const endpoints = "/v1/webhook_endpoints";
const own = "/v1/istripe/webhook_endpoints";
const deliveries = "/v1/istripe/webhook_deliveries";
const listeners = "/v1/istripe/webhook_listeners";
const helpers = "/v1/test_helpers/webhook_deliveries";

export const webhookCases: Readonly<Record<string, Case>> = {
  [`GET ${endpoints}`]: { ask: () => ({ path: endpoints }), live: "ok" },
  [`POST ${endpoints}`]: { ask: () => ({ form: quietEndpoint, path: endpoints }), live: "ok" },
  [`GET ${endpoints}/:webhook_endpoint`]: {
    ask: ({ webhookEndpoint }) => ({ path: `${endpoints}/${webhookEndpoint}` }),
    live: "test object",
  },
  [`POST ${endpoints}/:webhook_endpoint`]: {
    ask: ({ webhookEndpoint }) => ({
      form: { description: "Orders" },
      path: `${endpoints}/${webhookEndpoint}`,
    }),
    live: "test object",
  },
  [`DELETE ${endpoints}/:webhook_endpoint`]: {
    ask: ({ webhookEndpoint }) => ({ path: `${endpoints}/${webhookEndpoint}` }),
    live: "test object",
  },
  [`GET ${own}/:id/settings`]: {
    ask: ({ webhookEndpoint }) => ({ path: `${own}/${webhookEndpoint}/settings` }),
    live: "test object",
  },
  [`POST ${own}/:id/settings`]: {
    ask: ({ webhookEndpoint }) => ({
      form: { ordered: "true" },
      path: `${own}/${webhookEndpoint}/settings`,
    }),
    live: "test object",
  },
  [`POST ${own}/:id/roll_secret`]: {
    ask: ({ webhookEndpoint }) => ({ form: {}, path: `${own}/${webhookEndpoint}/roll_secret` }),
    live: "test object",
  },
  [`POST ${own}/:id/replay`]: {
    ask: ({ webhookEndpoint }) => ({
      form: { "created[gte]": 1, "created[lte]": 2 },
      path: `${own}/${webhookEndpoint}/replay`,
    }),
    live: "test object",
  },
  [`GET ${deliveries}`]: { ask: () => ({ path: deliveries }), live: "ok" },
  [`GET ${deliveries}/:id`]: {
    ask: ({ delivery }) => ({ path: `${deliveries}/${delivery}` }),
    live: "test object",
  },
  [`GET ${deliveries}/:id/attempts`]: {
    ask: ({ delivery }) => ({ path: `${deliveries}/${delivery}/attempts` }),
    live: "test object",
  },
  [`POST ${deliveries}/:id/resend`]: {
    ask: ({ delivery }) => ({ form: {}, path: `${deliveries}/${delivery}/resend` }),
    live: "test object",
  },
  [`POST ${listeners}`]: {
    ask: () => ({ form: { name: "another" }, path: listeners }),
    live: "ok",
  },
  [`DELETE ${listeners}/:id`]: {
    ask: ({ listener }) => ({ path: `${listeners}/${listener}` }),
    live: "unknown",
  },
  [`GET ${listeners}/:id/deliveries`]: {
    ask: ({ listener }) => ({ path: `${listeners}/${listener}/deliveries?timeout=0` }),
    live: "unknown",
  },
  [`POST ${listeners}/:id/deliveries/:delivery`]: {
    ask: ({ delivery, listener }) => ({
      form: { status: 200 },
      path: `${listeners}/${listener}/deliveries/${delivery}`,
    }),
    live: "unknown",
  },
  [`POST ${helpers}/advance`]: {
    ask: () => ({ form: {}, path: `${helpers}/advance` }),
    live: "test mode only",
  },
  [`GET ${helpers}/idle`]: {
    ask: () => ({ path: `${helpers}/idle?timeout=0` }),
    live: "test mode only",
  },
  "POST /v1/events/:id/retry": {
    ask: ({ event }) => ({ form: {}, path: `/v1/events/${event}/retry` }),
    live: "test object",
  },
};
