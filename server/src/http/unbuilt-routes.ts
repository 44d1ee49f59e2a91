/**
 * The routes of Stripe's that are in scope, whether built or not: what is not built answers 501 instead of looking like
 * a mistyped path. A line is the methods and the path; routes that api.ts has take precedence, because these are looked
 * through only when no route of the server fits, and first put in order then: a third of a cold start went into routes.
 */

const lines = `
GET /v1/account
GET /v1/balance
GET /v1/balance_transactions
GET /v1/balance_transactions/:id
POST /v1/billing/meter_event_adjustments
POST /v1/billing/meter_events
GET POST /v1/billing/meters
GET POST /v1/billing/meters/:id
POST /v1/billing/meters/:id/deactivate
GET /v1/billing/meters/:id/event_summaries
POST /v1/billing/meters/:id/reactivate
GET POST /v1/billing_portal/configurations
GET POST /v1/billing_portal/configurations/:configuration
POST /v1/billing_portal/sessions
GET POST /v1/charges
GET POST /v1/charges/:charge
POST /v1/charges/:charge/capture
GET POST /v1/charges/:charge/dispute
POST /v1/charges/:charge/dispute/close
POST /v1/charges/:charge/refund
GET POST /v1/charges/:charge/refunds
GET POST /v1/charges/:charge/refunds/:refund
GET POST /v1/checkout/sessions
GET POST /v1/checkout/sessions/:session
POST /v1/checkout/sessions/:session/expire
GET /v1/checkout/sessions/:session/line_items
GET /v1/confirmation_tokens/:confirmation_token
GET POST /v1/coupons
GET POST DELETE /v1/coupons/:coupon
GET POST /v1/credit_notes
GET /v1/credit_notes/:credit_note/lines
GET POST /v1/credit_notes/:id
POST /v1/credit_notes/:id/void
GET /v1/credit_notes/preview
GET /v1/credit_notes/preview/lines
GET POST /v1/customers
GET POST DELETE /v1/customers/:customer
GET POST /v1/customers/:customer/balance_transactions
GET POST /v1/customers/:customer/balance_transactions/:transaction
GET POST /v1/customers/:customer/bank_accounts
GET POST DELETE /v1/customers/:customer/bank_accounts/:id
POST /v1/customers/:customer/bank_accounts/:id/verify
GET POST /v1/customers/:customer/cards
GET POST DELETE /v1/customers/:customer/cards/:id
GET DELETE /v1/customers/:customer/discount
GET /v1/customers/:customer/payment_methods
GET /v1/customers/:customer/payment_methods/:payment_method
GET POST /v1/customers/:customer/sources
GET POST DELETE /v1/customers/:customer/sources/:id
POST /v1/customers/:customer/sources/:id/verify
GET POST /v1/customers/:customer/tax_ids
GET DELETE /v1/customers/:customer/tax_ids/:id
GET /v1/disputes
GET POST /v1/disputes/:dispute
POST /v1/disputes/:dispute/close
POST /v1/ephemeral_keys
DELETE /v1/ephemeral_keys/:key
GET /v1/events
GET /v1/events/:id
GET POST /v1/file_links
GET POST /v1/file_links/:link
GET POST /v1/files
GET /v1/files/:file
GET /v1/invoice_payments
GET /v1/invoice_payments/:invoice_payment
GET POST /v1/invoiceitems
GET POST DELETE /v1/invoiceitems/:invoiceitem
GET POST /v1/invoices
GET POST DELETE /v1/invoices/:invoice
POST /v1/invoices/:invoice/add_lines
POST /v1/invoices/:invoice/attach_payment
POST /v1/invoices/:invoice/finalize
GET /v1/invoices/:invoice/lines
POST /v1/invoices/:invoice/lines/:line_item_id
POST /v1/invoices/:invoice/mark_uncollectible
POST /v1/invoices/:invoice/pay
POST /v1/invoices/:invoice/remove_lines
POST /v1/invoices/:invoice/send
POST /v1/invoices/:invoice/update_lines
POST /v1/invoices/:invoice/void
POST /v1/invoices/create_preview
GET /v1/invoices/search
GET /v1/mandates/:mandate
GET POST /v1/payment_intents
GET POST /v1/payment_intents/:intent
GET /v1/payment_intents/:intent/amount_details_line_items
POST /v1/payment_intents/:intent/apply_customer_balance
POST /v1/payment_intents/:intent/cancel
POST /v1/payment_intents/:intent/capture
POST /v1/payment_intents/:intent/confirm
POST /v1/payment_intents/:intent/increment_authorization
POST /v1/payment_intents/:intent/verify_microdeposits
GET /v1/payment_intents/search
GET POST /v1/payment_links
GET POST /v1/payment_links/:payment_link
GET /v1/payment_links/:payment_link/line_items
GET POST /v1/payment_methods
GET POST /v1/payment_methods/:payment_method
POST /v1/payment_methods/:payment_method/attach
POST /v1/payment_methods/:payment_method/detach
GET POST /v1/payouts
GET POST /v1/payouts/:payout
POST /v1/payouts/:payout/cancel
POST /v1/payouts/:payout/reverse
GET POST /v1/plans
GET POST DELETE /v1/plans/:plan
GET POST /v1/prices
GET POST /v1/prices/:price
GET /v1/prices/search
GET POST /v1/products
GET POST DELETE /v1/products/:id
GET /v1/products/search
GET POST /v1/promotion_codes
GET POST /v1/promotion_codes/:promotion_code
GET POST /v1/quotes
GET POST /v1/quotes/:quote
POST /v1/quotes/:quote/accept
POST /v1/quotes/:quote/cancel
GET /v1/quotes/:quote/computed_upfront_line_items
POST /v1/quotes/:quote/finalize
GET /v1/quotes/:quote/line_items
GET /v1/quotes/:quote/pdf
GET POST /v1/refunds
GET POST /v1/refunds/:refund
POST /v1/refunds/:refund/cancel
GET /v1/setup_attempts
GET POST /v1/setup_intents
GET POST /v1/setup_intents/:intent
POST /v1/setup_intents/:intent/cancel
POST /v1/setup_intents/:intent/confirm
POST /v1/setup_intents/:intent/verify_microdeposits
POST /v1/sources
GET POST /v1/sources/:source
GET POST /v1/subscription_items
GET POST DELETE /v1/subscription_items/:item
GET POST /v1/subscription_schedules
GET POST /v1/subscription_schedules/:schedule
POST /v1/subscription_schedules/:schedule/cancel
POST /v1/subscription_schedules/:schedule/release
GET POST /v1/subscriptions
POST /v1/subscriptions/:subscription/migrate
POST /v1/subscriptions/:subscription/resume
GET POST DELETE /v1/subscriptions/:subscription_exposed_id
DELETE /v1/subscriptions/:subscription_exposed_id/discount
GET /v1/subscriptions/search
GET POST /v1/tax_rates
GET POST /v1/tax_rates/:tax_rate
POST /v1/test_helpers/confirmation_tokens
POST /v1/test_helpers/refunds/:refund/expire
GET POST /v1/test_helpers/test_clocks
GET DELETE /v1/test_helpers/test_clocks/:test_clock
POST /v1/test_helpers/test_clocks/:test_clock/advance
POST /v1/tokens
GET /v1/tokens/:token
`;

interface KnownRoute {
  readonly method: string;
  /** An id is written as `:name`. */
  readonly path: string;
  readonly segments: readonly string[];
}

let routes: readonly KnownRoute[] | undefined;

/** All of them; those without an id before those with one, so that `/preview` is not taken for an id. */
export function knownRoutes(): readonly KnownRoute[] {
  routes ??= lines
    .trim()
    .split("\n")
    .flatMap((line) => {
      const words = line.split(" ");
      const path = words.at(-1) ?? "";
      return words.slice(0, -1).map((method) => ({ method, path, segments: path.split("/") }));
    })
    .toSorted((a, b) => idCount(a) - idCount(b));
  return routes;
}

const idCount = ({ segments }: KnownRoute): number => segments.filter(isId).length;
const isId = (segment: string): boolean => segment.startsWith(":");

/** @param path as it was asked for, without its query. @returns the route of Stripe's that it fits. */
export function knownRouteOf(method: string, path: string): KnownRoute | undefined {
  const asked = path.split("/");
  return knownRoutes().find(
    (route) =>
      route.method === method &&
      route.segments.length === asked.length &&
      route.segments.every((segment, at) =>
        isId(segment) ? asked[at] !== "" : segment === asked[at],
      ),
  );
}
