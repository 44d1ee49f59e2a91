/**
 * What a run does and for how long, from the command line: the full run, `--quick` for a glance, `--large` for the
 * question whether a million charges slow anything down, `--webhooks` for the sending of webhooks alone.
 */
import { parseArgs } from "node:util";
import { type OperationName, operationNames } from "./load/requests.ts";

export interface Plan {
  readonly name: "quick" | "full" | "large";
  readonly databases: readonly ("sqlite" | "postgres")[];
  /** Whether stdout gets one line of JSON a row in place of the table. */
  readonly isJson: boolean;
  /** Whether each operation on iStripe is profiled after it was measured. */
  readonly isProfiled: boolean;
  /** Whether nothing was changed by hand, so that the figures may be kept and compared with another run's. */
  readonly isStandard: boolean;
  /** Charges stored before anything is measured. */
  readonly stored: number;
  /** Charges in the store that `--large` compares with; null: no comparison. */
  readonly emptyStored: number | null;
  readonly repeats: number;
  /** Of one measurement, at most; a run that is short of time takes less. */
  readonly secondsMax: number;
  readonly warmupSeconds: number;
  readonly coldStarts: number;
  readonly hasLocalstripe: boolean;
  /** What is measured on each server, in this order. */
  readonly operations: readonly OperationName[];
  /** Whether the first pages of lists and searches are asked for, in stores that hold something of each kind. */
  readonly asksFirstPages: boolean;
  /** How long the search index may take after a fill; null: it is not waited for. */
  readonly indexLimitSeconds: number | null;
  /** Whether the sending of webhooks is measured, beside the rest or in its place. */
  readonly webhooks: "none" | "too" | "only";
  /** How long a peer may take to be fetched and built when it is not in the cache. */
  readonly buildLimitMs: number;
  /** When the measuring should have ended, and when everything is given up. */
  readonly targetSeconds: number;
  readonly limitSeconds: number;
}

const databaseNames = ["sqlite", "postgres"] as const;

const full: Omit<Plan, "isJson" | "isProfiled" | "isStandard" | "databases"> = {
  asksFirstPages: false,
  buildLimitMs: 180_000,
  coldStarts: 5,
  emptyStored: null,
  hasLocalstripe: true,
  indexLimitSeconds: 600,
  limitSeconds: 2400,
  name: "full",
  operations: operationNames,
  repeats: 7,
  secondsMax: 1.5,
  stored: 200_000,
  targetSeconds: 1800,
  warmupSeconds: 1,
  webhooks: "too",
};

const plans = {
  full,
  large: {
    ...full,
    asksFirstPages: true,
    emptyStored: 1000,
    indexLimitSeconds: 1800,
    limitSeconds: 7200,
    name: "large",
    stored: 1_000_000,
    targetSeconds: 6000,
    webhooks: "none",
  },
  quick: {
    ...full,
    buildLimitMs: 20_000,
    coldStarts: 1,
    hasLocalstripe: false,
    indexLimitSeconds: null,
    limitSeconds: 90,
    name: "quick",
    // Without the other pages of a list, so that the rest is measured more than once in the time there is.
    operations: ["tokens", "charge", "get", "list"],
    repeats: 3,
    secondsMax: 0.8,
    stored: 3000,
    targetSeconds: 44,
    warmupSeconds: 0.5,
    webhooks: "none",
  },
} as const;

/** @throws Error whose message tells the user what to give instead. */
export function readPlan(argv: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      database: { type: "string" },
      json: { type: "boolean" },
      large: { type: "boolean" },
      profile: { type: "boolean" },
      quick: { type: "boolean" },
      seconds: { type: "string" },
      stored: { type: "string" },
      webhooks: { type: "boolean" },
    },
  });
  const { database, quick, large, webhooks } = values;
  const plan = plans[quick ? "quick" : large ? "large" : "full"];
  const chosen = databaseNames.filter((name) => database === undefined || database === name);
  if (chosen.length === 0)
    throw new Error(`--database is "${database}": give sqlite or postgres, or leave it out.`);
  if (quick && large) throw new Error("Give --quick or --large, not both.");
  return {
    ...plan,
    databases: chosen,
    isJson: values.json === true,
    isProfiled: values.profile === true,
    isStandard:
      !values.profile && !webhooks && (database ?? values.seconds ?? values.stored) === undefined,
    secondsMax: readNumber("seconds", values.seconds) ?? plan.secondsMax,
    stored: readNumber("stored", values.stored) ?? plan.stored,
    webhooks: webhooks ? "only" : plan.webhooks,
  };
}

/** A list needs more than a page of charges to begin within, so fewer than a hundred are refused. */
const minimums = { seconds: 0.25, stored: 100 };

function readNumber(name: keyof typeof minimums, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (value >= minimums[name]) return value;
  throw new Error(`--${name} is "${text}": give a number of at least ${minimums[name]}.`);
}
