/**
 * What goes over the wire: how many round trips a transaction takes, and what is said when the connection breaks, in
 * particular when it breaks while the commit is under way.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { createDatabase } from "../../../../tests/support/postgres.ts";
import { openAt } from "../conformance/engines.ts";
import {
  account,
  counterRow,
  counters,
  entries,
  entriesOf,
  entryRow,
  key,
} from "../conformance/tables.ts";
import { type Database, StorageError } from "../database.ts";
import { defineQuery } from "../query.ts";
import { outcomeUnknown } from "./errors.ts";

/** Stands between the engine and the server: counts requests, and breaks connections at a chosen one. */
interface Wire {
  readonly url: string;
  /** Requests that wait for an answer: simple queries, and syncs of the extended protocol. */
  requestCount: number;
  /** Breaks the connection when a request contains this text, before or after the server has had it. */
  breakAt: { readonly text: string; readonly when: "before" | "after" } | undefined;
  breakAll(): void;
  close(): Promise<void>;
}

async function openWire(target: URL): Promise<Wire> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.pipe(client);
    client.on("data", (chunk: Buffer) => {
      wire.requestCount += requestsIn(chunk);
      const { breakAt } = wire;
      const isBroken = breakAt !== undefined && chunk.includes(breakAt.text);
      if (!isBroken) {
        upstream.write(chunk);
      } else if (breakAt.when === "before") {
        client.destroy();
      } else {
        // The server's answer is lost, and with it the knowledge of what happened.
        upstream.unpipe(client).once("data", () => client.destroy());
        upstream.resume().write(chunk);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  const wire: Wire = {
    breakAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    breakAt: undefined,
    close: async () => {
      wire.breakAll();
      server.close();
      await once(server, "close");
    },
    requestCount: 0,
    url: url.href,
  };
  return wire;
}

/** The driver sends whole messages: a type, a length, a body. The first message of a connection has no type. */
function requestsIn(chunk: Buffer): number {
  let count = 0;
  for (let at = 0; at + 5 <= chunk.length; at += 1 + chunk.readUInt32BE(at + 1)) {
    const type = String.fromCharCode(chunk[at] ?? 0);
    if (type === "\0") return count;
    if (type === "Q" || type === "S") count++;
  }
  return count;
}

describe("on the wire to PostgreSQL", () => {
  let wire: Wire;
  let database: Database;
  let direct: Database;
  beforeEach(async () => {
    const url = await createDatabase(inject("postgresUrl"));
    direct = await openAt(url);
    wire = await openWire(new URL(url));
    database = await openAt(wire.url);
    await database.transact(async (tx) => tx.insert(counters, counterRow("first")));
  });
  afterEach(async () => {
    await database.close();
    await direct.close();
    await wire.close();
  });

  const requestsFor = async (work: () => Promise<unknown>): Promise<number> => {
    const before = wire.requestCount;
    await work();
    return wire.requestCount - before;
  };

  test("a transaction that reads a row and writes many is two round trips", async () => {
    const count = await requestsFor(() =>
      database.transact(async (tx) => {
        const row = (await tx.get(counters, key("first"))) ?? expect.fail();
        await tx.get(counters, key("first"));
        for (let index = 0; index < 5; index++) {
          tx.insert(counters, counterRow(`new ${index}`));
          tx.insert(entries, entryRow(`new ${index}`));
        }
        tx.update(counters, tx.update(counters, row, { amount: 1 }), { amount: 2 });
      }),
    );
    expect(count).toBe(2);
    expect(await direct.committed.get(counters, key("first"))).toMatchObject({ amount: 2 });
  });

  test("a locked one adds the lock and the commit, and one that writes nothing adds nothing", async () => {
    const locked = await requestsFor(() =>
      database.transact(async (tx) => {
        await tx.lock("first");
        tx.insert(counters, counterRow("locked"));
      }),
    );
    expect(locked).toBe(3);
    const onlyRead = () =>
      database.transact((tx) => tx.select(entriesOf, { accountId: account, owner: "x" }));
    expect(await requestsFor(onlyRead)).toBe(1);
  });

  test.each(["before", "after"] as const)(
    "a connection lost %s the server had the commit leaves the outcome unknown, and says so",
    async (when) => {
      wire.breakAt = { text: "lost commit", when };
      const commit = database.transact(async (tx) => {
        tx.insert(counters, counterRow("lost commit"));
        tx.insert(entries, entryRow("lost commit"));
      });
      await expect(commit).rejects.toThrow(StorageError);
      await expect(commit).rejects.toThrow(outcomeUnknown);
      wire.breakAt = undefined;
      const counter = await direct.committed.get(counters, key("lost commit"));
      const entry = await direct.committed.get(entries, key("lost commit"));
      expect(counter !== undefined).toBe(when === "after");
      expect(entry !== undefined).toBe(counter !== undefined);
    },
  );

  test("a connection lost before the commit writes nothing, and the next transaction succeeds", async () => {
    wire.breakAt = { text: "select", when: "before" };
    const broken = database.transact(async (tx) => {
      tx.insert(counters, counterRow("broken"));
      tx.insert(entries, entryRow("broken", { owner: "broken" }));
      await tx.select(entriesOf, { accountId: account, owner: "broken" });
    });
    await expect(broken).rejects.toThrow(
      /^Nothing was written: the connection to PostgreSQL failed/,
    );
    wire.breakAt = undefined;
    expect(await direct.committed.get(counters, key("broken"))).toBeUndefined();
    await database.transact(async (tx) => tx.insert(counters, counterRow("broken")));
    expect(await direct.committed.get(counters, key("broken"))).toBeDefined();
  });

  test("connections that break while idle are replaced", async () => {
    wire.breakAll();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await database.committed.get(counters, key("first"))).toBeDefined();
    await database.transact(async (tx) => tx.insert(counters, counterRow("after")));
    expect(await direct.committed.get(counters, key("after"))).toBeDefined();
  });

  test("commits are durable even where the server's default is that they are not", async () => {
    // The server of these tests is started with synchronous_commit=off.
    const mode = defineQuery<object, { mode: string }>(
      [],
      () => "select current_setting('synchronous_commit') as mode",
    );
    expect(await database.committed.select(mode, {})).toEqual([{ mode: "on" }]);
  });

  test("an error of PostgreSQL does not carry the values of the row", async () => {
    const promise = database.transact(async (tx) => {
      tx.insert(entries, entryRow("private words"));
      tx.insert(entries, entryRow("other"));
      await tx.select(entriesOf, { accountId: account, owner: "x" });
      tx.insert(entries, entryRow("private words"));
    });
    await promise.catch(() => undefined);
    const again = await database
      .transact(async (tx) => tx.insert(entries, entryRow("first")))
      .then(() => database.transact(async (tx) => tx.insert(entries, entryRow("first"))))
      .catch((error: unknown) => error);
    expect(again).toMatchObject({ name: "UniqueViolation", table: "entries" });
    expect((again as Error).cause).toMatchObject({ code: "23505", detail: undefined });
  });
});
