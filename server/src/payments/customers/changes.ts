/**
 * From the parameters of a customer to the columns they change: the same rules for a new customer and an old one. What
 * is not named stays; what is named empty goes back to nothing, or to its default.
 */
import { invalidRequest } from "../../core/errors.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import type { CustomerRow, InvoiceSettings, UpdateCustomer } from "./schema.ts";

/** @throws ApiError 400 for an invoice prefix that cannot be one, or too much metadata. */
export function changesOf(customer: CustomerRow, parameters: UpdateCustomer): Partial<CustomerRow> {
  const { invoice_prefix: prefix, invoice_settings: settings } = parameters;
  if (prefix !== undefined) checkInvoicePrefix(prefix);
  return given({
    address: parameters.address,
    balance: parameters.balance,
    business_name: parameters.business_name,
    description: parameters.description,
    email: parameters.email,
    individual_name: parameters.individual_name,
    invoice_prefix: prefix,
    invoice_settings: settings && mergedSettings(customer.invoice_settings, settings),
    metadata: mergeMetadata(customer.metadata, parameters.metadata),
    name: parameters.name,
    next_invoice_sequence: parameters.next_invoice_sequence,
    phone: parameters.phone,
    preferred_locales: parameters.preferred_locales === null ? [] : parameters.preferred_locales,
    shipping: parameters.shipping,
    tax_exempt: parameters.tax_exempt === null ? "none" : parameters.tax_exempt,
  });
}

/** Settings merge leaf by leaf. */
const mergedSettings = (current: InvoiceSettings, change: InvoiceSettings): InvoiceSettings => ({
  ...current,
  ...change,
});

/** Without what was not given. */
function given(
  changes: {
    readonly [Name in keyof CustomerRow]?: CustomerRow[Name] | undefined;
  },
): Partial<CustomerRow> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

function checkInvoicePrefix(prefix: string): void {
  if (/^[A-Z0-9]{3,12}$/.test(prefix)) return;
  throw invalidRequest("An invoice prefix must be 3 to 12 uppercase letters or numbers.", {
    param: "invoice_prefix",
  });
}
