/** A run counts every answer, and ends at the first one that is not what was asked for. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Connection } from "./connection.ts";
import { openConnections, runLoad } from "./load-run.ts";
import type { LoadJob } from "./messages.ts";
import type { StoredCharges, Target } from "./requests.ts";

interface Heard {
  readonly key: string | undefined;
  readonly form: string;
  readonly url: string;
}
type Reply = (heard: Heard, count: number) => { readonly status: number; readonly body: unknown };

const open: { server?: Server; connections: Connection[] } = { connections: [] };
afterEach(() => {
  for (const connection of open.connections) connection.close();
  open.server?.close();
});

async function readForm(request: IncomingMessage): Promise<string> {
  let form = "";
  for await (const chunk of request) form += chunk;
  return form;
}

async function run(job: LoadJob, stored: StoredCharges, reply: Reply) {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const key = request.headers["idempotency-key"];
    heard.push({ form: await readForm(request), key: String(key), url: request.url ?? "" });
    const { status, body } = reply(heard.at(-1) as Heard, heard.length);
    response.statusCode = status;
    response.end(JSON.stringify(body));
  });
  open.server = server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const target: Target = {
    isCanned: false,
    name: "test",
    payer: "source=tok_visa",
    port: (server.address() as AddressInfo).port,
    secretKey: "sk_test_x",
  };
  open.connections = await openConnections(target, 4);
  return { heard, result: await runLoad(open.connections, job, { stored, target }) };
}

const none = (): StoredCharges => ({ amounts: [], customers: [], ids: [] });
const amountOf = ({ form }: Heard): number =>
  Number(new URLSearchParams(form).get("amount") ?? Number.NaN);
const goodCharge: Reply = (heard, count) => ({
  body: { amount: amountOf(heard), id: `ch_${count}`, object: "charge" },
  status: 200,
});

describe("a run", () => {
  it("asks as often as it was told and once more to check, each time with a key of its own", async () => {
    const { heard, result } = await run(
      { operation: "charge", until: { requests: 50 } },
      none(),
      goodCharge,
    );
    expect(result.requests).toBe(50);
    expect(heard).toHaveLength(51);
    expect(new Set(heard.map(({ key }) => key)).size).toBe(51);
    expect(result.p99Ms).toBeGreaterThan(0);
  });

  it("ends after its time", async () => {
    const { result } = await run(
      { operation: "charge", until: { seconds: 0.2 } },
      none(),
      goodCharge,
    );
    expect(result.seconds).toBeGreaterThanOrEqual(0.2);
    expect(result.seconds).toBeLessThan(5);
  });

  it("remembers what it stored, and then asks for that", async () => {
    const stored = none();
    await run(
      { isRemembered: true, operation: "charge", until: { requests: 20 } },
      stored,
      goodCharge,
    );
    expect(stored.ids).toHaveLength(20);
    const { heard } = await run({ operation: "get", until: { requests: 5 } }, stored, ({ url }) => {
      const id = url.split("/").at(-1) ?? "";
      const amount = stored.amounts[stored.ids.indexOf(id)];
      return { body: { amount, id, object: "charge" }, status: 200 };
    });
    for (const { url } of heard) expect(stored.ids).toContain(url.split("/").at(-1));
  });
});

describe("a run fails", () => {
  it("with the body of the first answer that is not a 200", async () => {
    const reply: Reply = (heard, count) =>
      count < 10 ? goodCharge(heard, count) : { body: { error: "too many" }, status: 429 };
    await expect(
      run({ operation: "charge", until: { requests: 100 } }, none(), reply),
    ).rejects.toThrow(/429.*too many/);
  });

  it("when a charge is not of the amount that was asked", async () => {
    const reply: Reply = () => ({ body: { amount: 1, id: "ch_1", object: "charge" }, status: 200 });
    await expect(
      run({ operation: "charge", until: { requests: 5 } }, none(), reply),
    ).rejects.toThrow(/amount is 1/);
  });

  it("when a page repeats the charge that it should begin after", async () => {
    const ids = Array.from({ length: 30 }, (_, at) => `ch_${at}`);
    const stored = { amounts: ids.map(() => 1000), customers: [], ids };
    const reply: Reply = ({ url }) => {
      const after = new URLSearchParams(url.split("?")[1]).get("starting_after") ?? "";
      const data = [after, ...ids.filter((id) => id !== after)].slice(0, 10);
      return {
        body: { data: data.map((id) => ({ id, object: "charge" })), object: "list" },
        status: 200,
      };
    };
    await expect(run({ operation: "page", until: { requests: 5 } }, stored, reply)).rejects.toThrow(
      /other charges/,
    );
  });

  it("when the first page is short", async () => {
    const reply: Reply = () => ({
      body: { data: [{ id: "ch_1", object: "charge" }], object: "list" },
      status: 200,
    });
    await expect(run({ operation: "list", until: { requests: 5 } }, none(), reply)).rejects.toThrow(
      /should hold 10 charges and holds 1/,
    );
  });
});
