/**
 * The user's application: takes events, keeps what it got, and answers as the test wants it to.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { refusalsOf } from "../../../tests/support/event-check.ts";
import { keepEvent } from "../../../tests/support/sent-events.ts";

interface Received {
  readonly body: string;
  readonly signature: string;
  readonly deliveryId: string;
  /** Of the object that the event is about. */
  readonly objectId: string;
}

export interface Application {
  readonly address: string;
  /** In the order of their coming. */
  readonly received: Received[];
  /** How many it had at once, at the most. */
  readonly atOnceMax: () => number;
  /** What the next requests are answered with, once it comes true. */
  answer: () => Promise<number> | number;
  /** What came that the official libraries verify with none of the secrets that stand in these texts. */
  unverified(texts: readonly string[]): readonly Received[];
  close(): void;
}

const isVerified = ({ body, signature }: Received, secret: string): boolean =>
  refusalsOf({ headers: { "stripe-signature": signature }, text: body }, secret).length === 0;

export async function startApplication(): Promise<Application> {
  const received: Received[] = [];
  let atOnce = 0;
  let most = 0;
  const server = createServer(async (request, response) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    const body = await textOf(request);
    keepEvent(body);
    received.push({
      body,
      deliveryId: String(request.headers["istripe-delivery"]),
      objectId: JSON.parse(body).data.object.id,
      signature: String(request.headers["stripe-signature"]),
    });
    response.writeHead(await application.answer()).end();
    atOnce -= 1;
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const application: Application = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    answer: () => 200,
    atOnceMax: () => most,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
    received,
    unverified: (texts) => {
      const secrets = texts.flatMap((text) => text.match(/whsec_\S+/g) ?? []);
      return received.filter((one) => !secrets.some((secret) => isVerified(one, secret)));
    },
  };
  return application;
}
