/**
 * `istripe listen`: brings events to an application on this machine. Stdout has one line for each attempt and nothing
 * else; the signing secret is said once, on stderr, or alone on stdout when it is asked for.
 */
import { hostname } from "node:os";
import { oneLine } from "../api/api.ts";
import { connectionFlags } from "../api/connection.ts";
import { wallClockMs } from "../line/clock.ts";
import type { Given, ReadingCommand } from "../line/command.ts";
import { stopSignal } from "../line/ending.ts";
import { exitCodes, usageFailure } from "../line/failure.ts";
import { printable } from "../line/redaction.ts";
import { coloured, writeData, writeNote, writeSecretNote } from "../line/terminal.ts";
import { shownTime } from "../line/times.ts";
import { type Delivery, type ListenerTerms, registerListener } from "./delivery.ts";
import type { Forwarded } from "./forward.ts";
import { forwardDeliveries } from "./forwarding.ts";
import { readTarget } from "./target.ts";

export const listenCommand: ReadingCommand = {
  about: "Forwards events to a local application, until SIGINT or SIGTERM.",
  examples: [
    "istripe listen --forward-to localhost:3000/webhooks",
    "istripe listen --forward-to 3000/webhooks --events charge.succeeded,charge.failed",
    "STRIPE_WEBHOOK_SECRET=$(istripe listen --forward-to 3000/webhooks --print-secret)",
  ],
  flags: {
    events: {
      about: "The event types to forward, with commas between: all by default.",
      isRepeatable: true,
      value: "types",
    },
    "forward-to": { about: "The address, or the port, of the application.", value: "url" },
    json: { about: "Prints each attempt as one line of JSON." },
    name: {
      about: "The listener's name: this machine's and the address by default.",
      value: "text",
    },
    "print-secret": { about: "Prints the signing secret alone, and ends." },
    "skip-verify": { about: "Takes any certificate of an application that speaks TLS." },
    ...connectionFlags,
  },
  notes: `The same name has the same signing secret and goes on where it stopped, within an hour: what happened meanwhile is
forwarded then. What the application does not answer with 2xx is tried again later.`,
  operands: [],
  run: async (given) => {
    const forwardTo = given.text("forward-to");
    const url = forwardTo === undefined ? undefined : readTarget(forwardTo);
    if (url === undefined && !given.isSet("print-secret")) {
      throw usageFailure("Say where events go: --forward-to localhost:3000.");
    }
    const terms = readTerms(given, url);
    if (url === undefined || given.isSet("print-secret")) {
      writeData(`${(await registerListener(given, terms)).secret}\n`);
      return exitCodes.ok;
    }
    await listen({ given, terms, url });
    return exitCodes.ok;
  },
  words: ["listen"],
};

async function listen({
  given,
  terms,
  url,
}: {
  readonly given: Given;
  readonly terms: ListenerTerms;
  readonly url: URL;
}): Promise<void> {
  let said = "";
  await forwardDeliveries({
    given,
    onForwarded: (delivery, forwarded) => {
      const shown = given.isSet("json") ? jsonLine : attemptLine;
      writeData(shown(delivery, forwarded));
    },
    onListener: ({ secret }) => {
      if (secret === said) return;
      const news = said === "" ? "Ready! Your" : "The listener had ended and was made anew. Your";
      said = secret;
      writeSecretNote(`${news} webhook signing secret is`, secret);
      writeNote(`Forwarding to ${shownAddress(url)}. Ctrl-C ends it.`);
    },
    stop: stopSignal(),
    target: { isUnverified: given.isSet("skip-verify"), url },
    terms,
  });
}

/** Without a password or a query, which may hold one too. */
const shownAddress = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

const nameLengthMax = 200;

function readTerms(given: Given, url: URL | undefined): ListenerTerms {
  const name =
    given.text("name") ?? (url === undefined ? undefined : `${hostname()} ${shownAddress(url)}`);
  if (name === undefined) {
    throw usageFailure("Say whose secret: --name, or --forward-to as it will be used.");
  }
  const enabledEvents = given
    .texts("events")
    .flatMap((list) => list.split(","))
    .map((type) => type.trim())
    .filter((type) => type !== "");
  return {
    enabledEvents: enabledEvents.length === 0 ? ["*"] : enabledEvents,
    name: name.slice(0, nameLengthMax),
  };
}

function attemptLine(delivery: Delivery, { durationMs, error, status }: Forwarded): string {
  const isGood = status !== null && status >= 200 && status < 300;
  const outcome = coloured(isGood ? "green" : "red", `[${status ?? error}]`);
  const again = delivery.attempt > 1 ? `  attempt ${delivery.attempt}` : "";
  const what = printable(`${delivery.eventType}  ${delivery.event}`);
  return `${shownTime(wallClockMs() / 1000)}  ${what}  ${outcome}  ${durationMs} ms${again}\n`;
}

const jsonLine = (delivery: Delivery, { durationMs, error, status }: Forwarded): string =>
  oneLine({
    attempt: delivery.attempt,
    delivery: delivery.id,
    duration_ms: durationMs,
    error,
    event: delivery.event,
    status,
    time: new Date(wallClockMs()).toISOString(),
    type: delivery.eventType,
  });
