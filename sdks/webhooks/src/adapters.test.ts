/**
 * Every framework, as a real server on a real port: the exact bytes reach the verification, whatever else the
 * application parses, and what cannot be accepted is answered with what is wrong.
 */
import { once } from "node:events";
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { serve } from "@hono/node-server";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Delivery,
  makeEvent,
  secret,
  signed,
} from "../../../tests/webhook-receivers/typescript/support/events.ts";
import { expressWebhook } from "./express.ts";
import { fastifyWebhook } from "./fastify.ts";
import type { Problem } from "./problem.ts";
import { createReceiver, type Receives } from "./receiver.ts";
import { sqliteInbox } from "./sqlite.ts";
import { fetchWebhook } from "./web.ts";

interface Running {
  readonly url: string;
  close(): Promise<unknown>;
}

const listening = async (server: Server): Promise<Running> => {
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
    url: `http://127.0.0.1:${port}`,
  };
};

/** Every application has a second route, `/echo`, which relies on parsed JSON where the framework parses any. */
const apps: Record<string, (receiver: Receives) => Promise<Running>> = {
  express: (receiver) => {
    const app = express();
    app.post("/webhooks", expressWebhook(receiver));
    app.use(express.json());
    app.post("/echo", (request, response) => void response.json(request.body));
    return listening(createServer(app));
  },
  "express, after express.raw()": (receiver) => {
    const app = express();
    app.post("/webhooks", express.raw({ type: "*/*" }), expressWebhook(receiver));
    app.post("/echo", express.json(), (request, response) => void response.json(request.body));
    return listening(createServer(app));
  },
  "express, after express.json() that keeps rawBody": (receiver) => {
    const app = express();
    const verify = (request: object, _response: unknown, bytes: Buffer): void =>
      void Object.assign(request, { rawBody: bytes });
    app.use(express.json({ limit: "1mb", verify }));
    app.post("/webhooks", expressWebhook(receiver));
    app.post("/echo", (request, response) => void response.json(request.body));
    return listening(createServer(app));
  },
  fastify: async (receiver) => {
    const app = Fastify();
    await app.register(fastifyWebhook(receiver), { url: "/webhooks" });
    app.post("/echo", async (request) => request.body);
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    return { close: () => app.close(), url };
  },
  hono: (receiver) => {
    const webhook = fetchWebhook(receiver);
    const app = new Hono();
    app.post("/webhooks", (context) => webhook(context.req.raw));
    app.post("/echo", async (context) => context.json(await context.req.json()));
    return listening(serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }) as Server);
  },
  "node:http": (receiver) => {
    const webhook = expressWebhook(receiver);
    const server = createServer(async (request, response) => {
      if (request.url === "/webhooks") return webhook(request, response);
      response.setHeader("content-type", "application/json");
      for await (const chunk of request) response.write(chunk);
      response.end();
    });
    return listening(server);
  },
};

let problems: Problem[];
let database: DatabaseSync;
let running: Running;

const openReceiver = () =>
  createReceiver({
    inbox: sqliteInbox(database),
    onProblem: (problem) => problems.push(problem),
    secret,
  });

beforeEach(() => {
  problems = [];
  database = new DatabaseSync(":memory:");
});
afterEach(async () => {
  await running.close();
  database.close();
});

const post = async (delivery: Delivery, path = "/webhooks"): Promise<[number, unknown]> => {
  const answer = await fetch(running.url + path, { ...delivery, method: "POST" });
  return [answer.status, await answer.json()];
};
const kept = (): unknown[] =>
  database.prepare("select event_id, body from istripe_webhook_inbox").all();

describe.each(Object.keys(apps))("%s", (name) => {
  beforeEach(async () => {
    const receiver = openReceiver();
    await receiver.drain();
    running = (await apps[name]?.(receiver)) as Running;
  });

  test("keeps the exact bytes, whatever the spacing, line ends and characters in them", async () => {
    const event = makeEvent({ id: "evt_1", object: "ch_Žluťoučký_✓" });
    const delivery = signed(event);
    expect(await post(delivery)).toEqual([200, { received: true }]);
    expect(await post(delivery)).toEqual([200, { duplicate: true, received: true }]);
    expect(kept()).toEqual([{ body: delivery.body, event_id: "evt_1" }]);
  });

  test("keeps events whatever their Content-Type, and leaves other routes as they were", async () => {
    for (const type of ["text/plain", "application/octet-stream", "application/vnd.x+json"]) {
      const { body, headers } = signed(makeEvent());
      const raw = { body, headers: { ...headers, "content-type": type } };
      expect((await post(raw))[0]).toBe(200);
    }
    const echo = { body: '{"a": 1}', headers: { "content-type": "application/json" } };
    expect(await post(echo, "/echo")).toEqual([200, { a: 1 }]);
    expect(problems).toEqual([]);
  });

  test("refuses a changed body, a missing header and an empty body, and keeps nothing", async () => {
    const { body, headers } = signed(makeEvent());
    expect(await post({ body: `${body} `, headers })).toMatchObject([
      400,
      { error: { code: "signature_mismatch" } },
    ]);
    expect(await post({ body, headers: {} })).toMatchObject([
      400,
      { error: { code: "header_missing" } },
    ]);
    const { "content-type": _, ...noType } = headers;
    expect((await post({ body: "", headers: noType }))[0]).toBe(400);
    expect(kept()).toEqual([]);
  });
});

// A body parser that comes first has a limit of its own, which is the application's affair.
const readers = Object.keys(apps).filter((name) => !name.includes("after"));

describe.each(readers)("%s reads the body itself", (name) => {
  beforeEach(async () => {
    const receiver = openReceiver();
    await receiver.drain();
    running = (await apps[name]?.(receiver)) as Running;
  });

  test("takes a large event and refuses one beyond the limit, declared or not, without reading it", async () => {
    const event = makeEvent({ id: "evt_large" });
    Object.assign(event, { filler: "x".repeat(900_000) });
    expect((await post(signed(event)))[0]).toBe(200);
    expect(await statusOf("/webhooks", { "content-length": "50000000" })).toBe(413);
    expect(await statusOf("/webhooks", { "transfer-encoding": "chunked" }, 2_000_000)).toBe(413);
    expect(kept()).toHaveLength(1);
  });
});

/** Sends the head and so many bytes of a body that never ends. @returns the status that is answered all the same. */
async function statusOf(path: string, headers: object, bytes = 10): Promise<number | undefined> {
  const sent = httpRequest(running.url + path, {
    agent: false,
    headers: { ...headers, "content-type": "application/json", "stripe-signature": "t=1,v1=a" },
    method: "POST",
  });
  sent.write(Buffer.alloc(bytes, "x"));
  const answered = once(sent, "response");
  sent.on("error", () => undefined);
  const [response] = await answered;
  sent.destroy();
  return response.statusCode;
}

test("express.json() in front is named, with the remedy, as this side's mistake", async () => {
  const receiver = openReceiver();
  const app = express();
  app.use(express.json());
  app.post("/webhooks", expressWebhook(receiver));
  running = await listening(createServer(app));
  const [status, answer] = await post(signed(makeEvent()));
  expect(status).toBe(500);
  expect(answer).toMatchObject({
    error: {
      code: "body_already_parsed",
      message: expect.stringContaining("before express.json()"),
    },
  });
  expect(problems.map(({ kind }) => kind)).toEqual(["refused"]);
});

test("a web request whose body was read already is named, too", async () => {
  running = await listening(createServer());
  const { body, headers } = signed(makeEvent());
  const request = new Request("http://localhost/webhooks", { body, headers, method: "POST" });
  await request.json();
  const answer = await fetchWebhook(openReceiver())(request);
  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject({ error: { code: "body_already_parsed" } });
});
