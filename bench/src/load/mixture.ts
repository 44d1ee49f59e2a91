/**
 * What `--large` fills a store with: charges as they are measured, and among them the few others that filters and
 * searches look for: customers with their charges, refunds, another currency, metadata, transfer groups. The shares are
 * small, so that a charge costs what it costs in a plain fill, and fixed, so that every store is alike.
 */
import {
  expectField,
  expectId,
  type Operation,
  post,
  type Request,
  type StoredCharges,
  type Target,
} from "./requests.ts";

/** Out of so many requests, this many of each kind; the rest are plain charges. */
const cycle = 100;
/** Shares no divisor with 9000, so that small stores too hold amounts of all sizes. */
const stride = 7919;
const firstNames = ["Amy", "Boris", "Chidi", "Dolores", "Eleanor", "Farid", "Grace", "Hugo"];
const lastNames = ["Anders", "Bauer", "Castillo", "Dubois", "Eriksen", "Fontaine", "Girard"];

export function makeMixture(target: Target, stored: StoredCharges): Operation {
  let count = 0;
  return {
    check: (answer, { kind = "charge" }) => {
      expectField(answer, "object", kind);
      expectId(answer, prefixes[kind]);
    },
    next: () => {
      count += 1;
      return requestOf(count, target, stored);
    },
  };
}

const prefixes = { charge: "ch_", customer: "cus_", refund: "re_" } as const;

function requestOf(count: number, target: Target, stored: StoredCharges): Request {
  const place = count % cycle;
  if (place === 1) return customerOf(count, target);
  if (place === 2 && stored.ids.length > 0) return refundOf(target, stored);
  const amount = 1000 + ((count * stride) % 9000);
  const charge = (about: string, payer = target.payer): Request => ({
    amount,
    id: null,
    kind: "charge",
    text: post(target, "/v1/charges", `amount=${amount}&${payer}${about}`),
  });
  if (place === 3) return charge("&currency=eur");
  if (place === 4) return charge(`&currency=usd&metadata%5Border%5D=order_${count}`);
  if (place === 5) return charge(`&currency=usd&transfer_group=group_${count % 1000}`);
  const customer = place < 8 ? anyCustomer(stored) : undefined;
  return customer === undefined
    ? charge("&currency=usd")
    : charge("&currency=usd", `customer=${customer}`);
}

function customerOf(count: number, target: Target): Request {
  const number = Math.floor(count / cycle);
  const firstName = firstNames[number % firstNames.length];
  const lastName = lastNames[number % lastNames.length];
  const email = `${firstName}.${lastName}.${number}@example.com`.toLowerCase();
  const form = `name=${firstName}+${lastName}&email=${email}&metadata%5Bplan%5D=plan_${number % 5}&source=tok_visa`;
  return { amount: 0, id: null, kind: "customer", text: post(target, "/v1/customers", form) };
}

/** One unit, so that a charge which is drawn again can give it too. */
function refundOf(target: Target, { ids }: StoredCharges): Request {
  const id = ids[Math.floor(Math.random() * ids.length)] ?? "";
  const text = post(target, "/v1/refunds", `charge=${id}&amount=1`);
  return { amount: 1, id, kind: "refund", text };
}

/** Some customers have many charges, most have few. */
const anyCustomer = ({ customers }: StoredCharges): string | undefined =>
  customers[Math.floor(Math.random() ** 4 * customers.length)];
