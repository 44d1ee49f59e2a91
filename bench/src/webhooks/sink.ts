/**
 * The other side of a measurement, as a process of its own: takes deliveries, answers 200 and remembers when each came.
 * While it is told to, it also charges, at a steady rate, so that there is something to tell. It knows nothing of how
 * the server works.
 */
import { createServer } from "node:http";
import { Pool } from "undici";
import type { SinkOrder, SinkReport } from "./sink-messages.ts";

/** When each delivery came first, in system milliseconds, by its id. */
const cameMs = new Map<string, number>();
let copies = 0;
let firstMs = 0;
let lastMs = 0;
let bodySize = 0;

const server = createServer({ keepAlive: true }, (request, response) => {
  const id = String(request.headers["istripe-delivery"] ?? cameMs.size + copies);
  let size = 0;
  request.on("data", (piece: Buffer) => {
    size += piece.length;
  });
  request.on("end", () => {
    const nowMs = Date.now();
    if (cameMs.has(id)) copies += 1;
    else cameMs.set(id, nowMs);
    firstMs ||= nowMs;
    lastMs = nowMs;
    bodySize = size;
    response.end("ok");
  });
});
server.keepAliveTimeout = 60_000;

/** Charges that may be under way at once; one that finds no room is left out, and the report says so. */
const chargesMax = 64;

async function charge(order: Extract<SinkOrder, { kind: "charge" }>): Promise<void> {
  const pool = new Pool(order.url, { connections: chargesMax, pipelining: 1 });
  const startedMs = performance.now();
  let begun = 0;
  let answered = 0;
  let underWay = 0;
  let problem: string | null = null;
  const one = async (): Promise<void> => {
    underWay += 1;
    try {
      const { body, statusCode } = await pool.request({
        body: "amount=2000&currency=usd&source=tok_visa",
        headers: {
          authorization: `Bearer ${order.secretKey}`,
          "content-type": "application/x-www-form-urlencoded",
        },
        method: "POST",
        path: "/v1/charges",
      });
      const text = await body.text();
      if (statusCode === 200) answered += 1;
      else problem = `${statusCode}: ${text}`;
    } catch (error) {
      problem = String(error);
    } finally {
      underWay -= 1;
    }
  };
  const isOver = (): boolean => performance.now() - startedMs >= order.seconds * 1000;
  const { perSecond } = order;
  if (perSecond === null) {
    const client = async (): Promise<void> => {
      while (!isOver() && problem === null) await one();
    };
    await Promise.all(Array.from({ length: chargesMax }, client));
  } else {
    while (!isOver()) {
      const dueCount = Math.floor(((performance.now() - startedMs) / 1000) * perSecond);
      for (; begun < dueCount; begun += 1) if (underWay < chargesMax) void one();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    while (underWay > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  await pool.close();
  send({ answered, kind: "charged", problem, seconds });
}

const send = (report: SinkReport): void => {
  process.send?.(report);
};

process.on("message", (order: SinkOrder) => {
  if (order.kind === "charge") return void charge(order);
  if (order.kind === "forget") {
    cameMs.clear();
    copies = 0;
    firstMs = 0;
    return;
  }
  const { cpuSeconds } = {
    cpuSeconds: (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  };
  send({
    bodySize,
    came: order.withTimes ? [...cameMs] : [],
    copies,
    count: cameMs.size,
    cpuSeconds,
    firstMs,
    kind: "state",
    lastMs,
  });
});
process.on("disconnect", () => process.exit(0));

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") send({ kind: "ready", port: address.port });
});
