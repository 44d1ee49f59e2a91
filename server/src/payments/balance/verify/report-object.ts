/**
 * What a verification of the ledger found, as iStripe's own endpoint shows it.
 */
import type { Static } from "@sinclair/typebox";
import { Type } from "../../../core/schema-builder.ts";
import { nullable, resource } from "../../../core/serializer/types.ts";
import type { LedgerReport } from "./verify.ts";

export const LedgerReportShown = resource({
  checked: Type.Object({
    balance_transactions: Type.Integer(),
    charges: Type.Integer(),
    entries: Type.Integer(),
    refunds: Type.Integer(),
    totals: Type.Integer(),
  }),
  differences: Type.Array(
    Type.Object({
      currency: Type.String(),
      expected: nullable(Type.Integer()),
      found: nullable(Type.Integer()),
      id: Type.String(),
      kind: Type.String(),
    }),
  ),
  object: Type.Literal("istripe.ledger_report"),
  ok: Type.Boolean(),
});

export const presentReport = ({
  checked,
  differences,
}: LedgerReport): Static<typeof LedgerReportShown> => ({
  checked,
  differences: [...differences],
  object: "istripe.ledger_report",
  ok: differences.length === 0,
});
