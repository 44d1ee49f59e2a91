/**
 * Changes the settings of the account that a key belongs to: Stripe's names for them, at an endpoint of iStripe's own,
 * because Stripe has them in its dashboard only. What is not named stays as it is.
 */
import type { Static } from "@sinclair/typebox";
import type { Context } from "../../context.ts";
import { invalidRequest } from "../../core/errors.ts";
import { clearable, currency, email, expand, flag, hash, text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { shownValue } from "../../core/shown.ts";
import { checkDescriptor } from "../../core/statement-descriptor.ts";
import { changeRow } from "../../resource.ts";
import { type Account, accountResource, presentAccount } from "./account-object.ts";
import { type AccountSettings, accounts } from "./schema.ts";
import { forgetSettings } from "./settings.ts";

export const UpdateAccount = Type.Object({
  business_profile: Type.Optional(hash({ name: Type.Optional(clearable(text())) })),
  country: Type.Optional(text()),
  default_currency: Type.Optional(currency()),
  email: Type.Optional(clearable(email())),
  expand: Type.Optional(expand()),
  settings: Type.Optional(
    hash({
      card_payments: Type.Optional(
        hash({
          decline_on: Type.Optional(
            hash({ avs_failure: Type.Optional(flag()), cvc_failure: Type.Optional(flag()) }),
          ),
        }),
      ),
      payments: Type.Optional(
        hash({ statement_descriptor: Type.Optional(clearable(text({ maxLength: 22 }))) }),
      ),
    }),
  ),
});
export type UpdateAccount = Static<typeof UpdateAccount>;

/** @throws ApiError 400 for a country that there is not, or a descriptor that no network takes. */
export async function updateAccount(context: Context, parameters: UpdateAccount): Promise<Account> {
  const changes = changesOf(parameters);
  const { accountId: account_id, database } = context;
  const changed = await context.finish(async (tx) => {
    const row = await tx.get(accounts, { account_id });
    if (row === undefined) throw new Error("a key belongs to an account that does not exist");
    const about = { changes, event: "account.updated", resource: accountResource, row } as const;
    return presentAccount(changeRow(tx, context, about));
  });
  forgetSettings(database, account_id);
  return changed;
}

function changesOf(parameters: UpdateAccount): Partial<AccountSettings> {
  const { business_profile, country, default_currency, email: address, settings } = parameters;
  const descriptor = settings?.payments?.statement_descriptor;
  const { avs_failure, cvc_failure } = settings?.card_payments?.decline_on ?? {};
  if (country !== undefined) checkCountry(country);
  if (typeof descriptor === "string") {
    checkDescriptor(descriptor, "settings[payments][statement_descriptor]");
  }
  const asked = {
    business_name: business_profile?.name,
    country,
    decline_on_avs_failure: avs_failure,
    decline_on_cvc_failure: cvc_failure,
    default_currency,
    email: address,
    statement_descriptor: descriptor,
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

/** What the library knows and no account can be at home in. */
const noCountries: readonly string[] = ["EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"];
/** Made when it is first needed: the library's names take 15 ms to load. */
let regions: Intl.DisplayNames | undefined;

/** @throws ApiError 400 for what is no code of ISO 3166-1 alpha-2. */
function checkCountry(country: string): void {
  regions ??= new Intl.DisplayNames("en", { fallback: "none", type: "region" });
  const isCode = /^[A-Z]{2}$/.test(country) && !noCountries.includes(country);
  if (isCode && regions.of(country) !== undefined) return;
  throw invalidRequest(
    `Country '${shownValue(country)}' is unknown. Try using a 2-character alphanumeric country code instead, such as 'US', 'EG', or 'GB'.`,
    { code: "country_code_invalid", param: "country" },
  );
}
