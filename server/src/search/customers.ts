/**
 * What can be searched of customers. A deleted one is never found.
 */
import { customers } from "../payments/customers/schema.ts";
import { creation, searchable, stringOrNull } from "./fields.ts";

export const searchableCustomers = searchable<typeof customers>({
  edition: 1,
  fields: {
    created: creation(),
    email: stringOrNull((row) => row.email),
    name: stringOrNull((row) => row.name),
    phone: stringOrNull((row) => row.phone),
  },
  isGone: (row) => row.deleted,
  kind: "customer",
  metadata: (row) => row.metadata,
  plural: "customers",
  table: customers,
});
