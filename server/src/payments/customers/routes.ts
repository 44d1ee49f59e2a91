/**
 * The endpoints of customers.
 */

import { text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { type Operation, plain, single } from "../../operation.ts";
import { listOperation, retrieveOperation } from "../../reading.ts";
import { deletedSchema } from "../../resource.ts";
import { searchableCustomers } from "../../search/customers.ts";
import { searchOperation } from "../../search/query/operation.ts";
import { createCustomer } from "./create.ts";
import { deleteCustomer } from "./delete.ts";
import { customerResource } from "./resource.ts";
import { CreateCustomer, UpdateCustomer, unbuiltFields } from "./schema.ts";
import { updateCustomer } from "./update.ts";

const permission = "customer";

export const customerOperations: readonly Operation[] = [
  single({
    allow: ["secret"],
    method: "POST",
    parameters: CreateCustomer,
    path: "/v1/customers",
    permission,
    resource: customerResource,
    run: (context, parameters) => createCustomer(context, parameters),
    summary: "Create a customer",
    unbuilt: [...unbuiltFields],
  }),
  listOperation(customerResource, {
    filters: { email: Type.Optional(text({ maxLength: 512 })) },
    path: "/v1/customers",
    permission,
    summary: "List customers, newest first",
    unbuilt: ["test_clock"],
  }),
  searchOperation(customerResource, searchableCustomers, {
    path: "/v1/customers/search",
    permission,
    summary: "Search customers",
  }),
  retrieveOperation(customerResource, {
    path: "/v1/customers/:customer",
    permission,
    summary: "Retrieve a customer, or what is left of a deleted one",
  }),
  single({
    allow: ["secret"],
    method: "POST",
    parameters: UpdateCustomer,
    path: "/v1/customers/:customer",
    permission,
    resource: customerResource,
    run: updateCustomer,
    summary: "Update a customer",
    unbuilt: [...unbuiltFields, "bank_account", "default_alipay_account", "default_bank_account"],
  }),
  plain({
    allow: ["secret"],
    method: "DELETE",
    parameters: Type.Object({}),
    path: "/v1/customers/:customer",
    permission,
    run: (context, _, id) => deleteCustomer(context, id),
    schema: deletedSchema("customer"),
    summary: "Delete a customer",
  }),
];
