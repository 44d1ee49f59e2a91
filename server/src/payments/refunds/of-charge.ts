/**
 * The refunds of a charge, as a charge shows them where `expand` asks for them.
 */
import type { IncludedList } from "../../resource.ts";
import { selectPage } from "../../store/page.ts";
import { refunds } from "./schema.ts";
import { countOfCharge } from "./store.ts";

const shownMax = 10;

export const refundsOfCharge: IncludedList = {
  elements: "refund",
  load: async (reader, { accountId, livemode }, charge) => {
    const page = { accountId, direction: "older", limit: shownMax, livemode } as const;
    const [{ rows }, [count]] = await Promise.all([
      selectPage(reader, refunds, { ...page, filters: { charge } }),
      reader.select(countOfCharge, { accountId, charge, livemode }),
    ]);
    return { rows, total: Number(count?.total ?? 0) };
  },
  url: (charge) => `/v1/charges/${charge}/refunds`,
};
