/**
 * Six hundred callers at once on one charge, each on a connection of his own, on both databases: everybody hears a
 * documented answer, nobody a fault of ours, and the charge is given back once. Other callers are served meanwhile.
 */
import { Agent, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, encoded, type Form, send, type Wire } from "../support/http.ts";
import { engines, startTestServer, type TestServer } from "../support/server.ts";
import { pause } from "./process.ts";

const crowdSize = 600;
const refundAmount = 100;
/** Half of the crowd finds nothing left. */
const chargeAmount = (refundAmount * crowdSize) / 2;
const answerTimeoutMs = 60_000;

const agent = new Agent({ keepAlive: true, maxSockets: crowdSize });
afterAll(() => agent.destroy());

/** As `send`, which has not so many connections at once. */
function post(
  server: TestServer,
  path: string,
  form: Form,
): Promise<Pick<Answer, "body" | "status">> {
  const { hostname, port } = new URL(server.url);
  const headers = {
    authorization: `Bearer ${server.secretKey}`,
    "content-type": "application/x-www-form-urlencoded",
  };
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, headers, host: hostname, method: "POST", path, port });
    outgoing.setTimeout(answerTimeoutMs, () => outgoing.destroy(new Error(`${path} hung`)));
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({ body: JSON.parse(text) as Wire, status: incoming.statusCode ?? 0 }),
      );
    });
    outgoing.end(encoded(form));
  });
}

describe.each(engines)("on %s", (engine) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(engine);
  });
  afterAll(() => server.stop());

  const get = (path: string): Promise<Answer> => send(server.url, { key: server.secretKey, path });
  const crowd = <T>(ask: (index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: crowdSize }, (_, index) => ask(index)));
  const charge = async (form: Form = {}): Promise<string> => {
    const terms = { amount: chargeAmount, currency: "usd", source: "tok_visa", ...form };
    return (await post(server, "/v1/charges", terms)).body.id;
  };

  it("600 refunds of one charge give back all of it once, and a stranger is served meanwhile", async () => {
    const id = await charge();
    let answeredCount = 0;
    const refunds = crowd(async () => {
      const answer = await post(server, "/v1/refunds", { amount: refundAmount, charge: id });
      answeredCount += 1;
      return answer;
    });
    // From here on every other refund waits for its turn.
    while (answeredCount === 0) await pause(1);
    const stranger = await post(server, "/v1/charges", {
      amount: 1000,
      currency: "usd",
      source: "tok_visa",
    });
    // He did not stand in the crowd's queue.
    expect(answeredCount).toBeLessThan(crowdSize / 2);
    expect(stranger.status).toBe(200);
    const answers = await refunds;
    const given = answers.filter(({ status }) => status === 200);
    for (const { body, status } of answers) {
      if (status === 200) continue;
      const { code } = body.error;
      expect([`400 charge_already_refunded`, `429 lock_timeout`]).toContain(`${status} ${code}`);
    }
    // Turns last for less than the time that is waited for them, so everybody has one.
    expect(given).toHaveLength(crowdSize / 2);
    const { body } = await get(`/v1/charges/${id}`);
    expect([body["amount_refunded"], body["refunded"]]).toEqual([chargeAmount, true]);
  }, 120_000);

  it("600 captures of one charge take it once", async () => {
    const id = await charge({ capture: "false" });
    const answers = await crowd(() => post(server, `/v1/charges/${id}/capture`, {}));
    const statuses = answers.map(({ body, status }) =>
      status === 200 ? "200" : `${status} ${body.error["code"]}`,
    );
    expect(statuses.filter((status) => status === "200")).toHaveLength(1);
    expect([...new Set(statuses)].filter((status) => status.startsWith("5"))).toEqual([]);
    for (const status of new Set(statuses)) {
      expect(["200", "400 charge_already_captured", "429 lock_timeout"]).toContain(status);
    }
    const { body } = await get(`/v1/balance_transactions?source=${id}`);
    expect(body.data.map(({ amount }) => amount)).toEqual([chargeAmount]);
  }, 120_000);

  it("600 updates of one charge are all kept or told to come again", async () => {
    const id = await charge();
    const path = `/v1/charges/${id}`;
    const answers = await crowd((at) => post(server, path, { [`metadata[k${at % 40}]`]: `${at}` }));
    for (const { body, status } of answers) {
      if (status !== 200) expect(`${status} ${body.error["code"]}`).toBe("429 lock_timeout");
    }
    const { body } = await get(path);
    expect(Object.keys(body["metadata"] as object)).toHaveLength(40);
  }, 120_000);
});
