/**
 * `istripe webhook verify`: says whether a signature matches a body, and if it does not, why. It asks no server, and it
 * shows neither the body nor a secret.
 */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { diagnoseSignature, type KnownSecret } from "@istripe/webhooks/doctor";
import { oneLine } from "../api/api.ts";
import { wallClockMs } from "../line/clock.ts";
import type { Given, ReadingCommand } from "../line/command.ts";
import { CommandFailure, exitCodes, usageFailure } from "../line/failure.ts";
import { printable } from "../line/redaction.ts";
import { writeData } from "../line/terminal.ts";

/** As in the official libraries. */
const toleranceDefault = "300";

export const webhooksVerifyCommand: ReadingCommand = {
  about: "Says why the signature of a webhook does not match; exits with 1 when it does not.",
  examples: [
    "istripe webhook verify --payload body.json --header 't=1700000000,v1=5257a8…' --secret whsec_…",
    'istripe webhook verify --payload - --header "$SIGNATURE" --tolerance 0 < body.json',
    'istripe webhook verify --payload body.json --header "$SIGNATURE" --other-secret live=whsec_…',
  ],
  flags: {
    header: { about: "The whole value of Stripe-Signature.", value: "text" },
    json: { about: "Prints the findings as one line of JSON." },
    "other-secret": {
      about: "Another secret that it may have been signed with, under a name for it.",
      isRepeatable: true,
      value: "name=secret",
    },
    payload: { about: "The file with the body as it came; - is stdin.", value: "file" },
    secret: {
      about:
        "The secret to verify with. ISTRIPE_WEBHOOK_SECRET keeps it out of the list of processes.",
      value: "secret",
    },
    tolerance: {
      about: `How many seconds old it may be: ${toleranceDefault} by default, 0 for any age.`,
      value: "seconds",
    },
  },
  operands: [],
  run: async (given) => {
    const header = given.text("header");
    const secret = given.text("secret") ?? given.environment["ISTRIPE_WEBHOOK_SECRET"];
    if (header === undefined) throw usageFailure("Give the value of Stripe-Signature: --header.");
    if (secret === undefined) {
      throw usageFailure("Give the signing secret: --secret, or ISTRIPE_WEBHOOK_SECRET.");
    }
    const toleranceSeconds = readTolerance(given);
    const { findings, matches } = diagnoseSignature({
      header,
      knownSecrets: given.texts("other-secret").map(readKnownSecret),
      nowSeconds: Math.floor(wallClockMs() / 1000),
      payload: await readPayload(given.text("payload")),
      secrets: [{ name: "the given secret", secret }],
      toleranceSeconds,
    });
    writeData(
      given.isSet("json")
        ? oneLine({ findings, matches })
        : findings.map(({ sentence }) => `${printable(sentence)}\n`).join(""),
    );
    if (matches) return exitCodes.ok;
    throw new CommandFailure(exitCodes.failed, "The signature does not match.");
  },
  words: ["webhooks", "verify"],
};

function readTolerance(given: Given): number {
  const text = given.text("tolerance") ?? toleranceDefault;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usageFailure("--tolerance takes a whole number of seconds.");
}

function readKnownSecret(text: string): KnownSecret {
  const [, name, secret] = /^([\w .-]+)=(.+)$/s.exec(text) ?? [];
  if (name !== undefined && secret !== undefined) return { name, secret };
  throw usageFailure("Each --other-secret takes a name and a secret, such as live=whsec_….");
}

/** The bytes, because decoding them could change them. */
async function readPayload(file: string | undefined): Promise<Buffer> {
  if (file === undefined) throw usageFailure("Give the file with the body: --payload body.json.");
  if (file === "-") return buffer(process.stdin);
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usageFailure(`The payload ${file} cannot be read (${code}).`, { cause: error });
  }
}
