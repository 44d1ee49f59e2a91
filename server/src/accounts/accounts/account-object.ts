/**
 * The account as `GET /v1/account` shows it: what a self-hosted account has to say of itself. Nothing is asked of its
 * owner, so nothing is due.
 */
import type { Static } from "@sinclair/typebox";
import { Type } from "../../core/schema-builder.ts";
import { nullable, openMap, resource } from "../../core/serializer/types.ts";
import type { Resource } from "../../resource.ts";
import { type AccountRow, accounts } from "./schema.ts";

const shownText = nullable(Type.String());

export const Account = resource({
  business_profile: Type.Object({ mcc: shownText, name: shownText, url: shownText }),
  business_type: Type.Null(),
  capabilities: Type.Object({
    card_payments: Type.Literal("active"),
    transfers: Type.Literal("active"),
  }),
  charges_enabled: Type.Boolean(),
  controller: Type.Object({ type: Type.Literal("account") }),
  country: Type.String(),
  created: Type.Integer(),
  default_currency: Type.String(),
  details_submitted: Type.Boolean(),
  email: shownText,
  id: Type.String(),
  metadata: openMap(),
  object: Type.Literal("account"),
  payouts_enabled: Type.Boolean(),
  settings: Type.Object({
    branding: Type.Object({
      icon: Type.Null(),
      logo: Type.Null(),
      primary_color: Type.Null(),
      secondary_color: Type.Null(),
    }),
    card_payments: Type.Object({
      decline_on: Type.Object({ avs_failure: Type.Boolean(), cvc_failure: Type.Boolean() }),
      statement_descriptor_prefix: shownText,
    }),
    dashboard: Type.Object({ display_name: shownText, timezone: Type.String() }),
    payments: Type.Object({ statement_descriptor: shownText }),
  }),
  type: Type.Literal("standard"),
});
export type Account = Static<typeof Account>;

export const presentAccount = (row: AccountRow): Account => ({
  business_profile: { mcc: null, name: row.business_name, url: null },
  business_type: null,
  capabilities: { card_payments: "active", transfers: "active" },
  charges_enabled: true,
  controller: { type: "account" },
  country: row.country,
  created: row.created,
  default_currency: row.default_currency,
  details_submitted: true,
  email: row.email,
  id: row.account_id,
  metadata: {},
  object: "account",
  payouts_enabled: true,
  settings: {
    branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
    card_payments: {
      decline_on: {
        avs_failure: row.decline_on_avs_failure,
        cvc_failure: row.decline_on_cvc_failure,
      },
      statement_descriptor_prefix: row.statement_descriptor,
    },
    dashboard: { display_name: row.business_name, timezone: "Etc/UTC" },
    payments: { statement_descriptor: row.statement_descriptor },
  },
  type: "standard",
});

export const accountResource: Resource<typeof accounts> = {
  idColumn: "account_id",
  idParameter: "account",
  name: "account",
  noun: "account",
  present: presentAccount,
  schema: Account,
  table: accounts,
};
