/**
 * What operators point their machines at: health, readiness and Prometheus. None of them asks for a key, and none tells
 * of a card, a key or an id.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { releaseAll, type ServerChild, startServer, temporaryDirectory } from "../crash/process.ts";
import { type Answer, cardForm, send } from "../support/http.ts";

let server: ServerChild;

beforeAll(async () => {
  server = await startServer({
    args: ["--data-dir", temporaryDirectory(), "--log-level", "silent"],
  });
});

afterAll(releaseAll);

const asked = (path: string): Promise<Answer> => send(server.url, { key: null, path });

it("/healthz and /readyz say so in JSON, without a key", async () => {
  const health = await asked("/healthz");
  expect({ body: health.body, status: health.status }).toEqual({
    body: { status: "ok" },
    status: 200,
  });
  const ready = await asked("/readyz");
  expect({ body: ready.body, status: ready.status }).toEqual({
    body: { status: "ready" },
    status: 200,
  });
});

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const sampleLine =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\.)*",?)*)\})? ([-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|Inf|NaN))$/i;

/** Reads the text format of Prometheus. @throws Error at the first line that is none of its. */
function samplesOf(text: string): Sample[] {
  const typed = new Set<string>();
  const samples: Sample[] = [];
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(line);
    if (type !== null) typed.add(type[1] ?? "");
    if (type !== null || /^# HELP \S+ .+$/.test(line)) continue;
    const [, name = "", labels = "", value = ""] = sampleLine.exec(line) ?? [];
    if (name === "") throw new Error(`this is no line of Prometheus: ${line}`);
    const family = name.replace(/_(bucket|sum|count)$/, "");
    if (!typed.has(name) && !typed.has(family)) throw new Error(`${name} has no type`);
    const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
    samples.push({
      labels: Object.fromEntries(pairs.map(([, label = "", text = ""]) => [label, text])),
      name,
      value: Number(value.replace("Inf", "Infinity")),
    });
  }
  return samples;
}

async function scrape(): Promise<{ readonly samples: Sample[]; readonly text: string }> {
  const { hostname, port } = new URL(server.url);
  const answer = await fetch(`http://${hostname}:${port}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  return { samples: samplesOf(text), text };
}

describe("/metrics", () => {
  const name = "istripe_http_request_duration_seconds";

  it("is Prometheus text, and counts each request once, by method, route and status", async () => {
    const { key, paths } = {
      key: server.secret_key,
      paths: ["/v1/charges/ch_no", "/v1/charges", "/v1/payouts/po_no"],
    };
    const requestCount = 7;
    for (let count = 0; count < requestCount; count++) {
      await send(server.url, { form: cardForm(), key, path: "/v1/tokens" });
    }
    for (const path of paths) await send(server.url, { key, path });
    const { samples } = await scrape();
    const countOf = (labels: Readonly<Record<string, string>>): number | undefined =>
      samples.find(
        (sample) =>
          sample.name === `${name}_count` &&
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      )?.value;
    expect(countOf({ method: "POST", route: "/v1/tokens", status: "200" })).toBe(requestCount);
    expect(countOf({ method: "GET", route: "/v1/charges", status: "200" })).toBe(1);
    expect(countOf({ method: "GET", route: "/v1/charges/:charge", status: "404" })).toBe(1);
    expect(countOf({ method: "GET", route: "/v1/payouts/:payout", status: "501" })).toBe(1);
  });

  it("has a histogram whose buckets grow up to the count", async () => {
    const { samples } = await scrape();
    const buckets = samples.filter(
      (sample) => sample.name === `${name}_bucket` && sample.labels["route"] === "/v1/tokens",
    );
    expect(buckets.at(-1)?.labels["le"]).toBe("+Inf");
    const values = buckets.map(({ value }) => value);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(values.at(-1)).toBeGreaterThan(0);
  });

  it("names no id, no key and no card, and unknown paths do not multiply it", async () => {
    for (let count = 0; count < 50; count++) await asked(`/v1/unknown/${count}`);
    await send(server.url, { key: "sk_test_wrongwrongwrong", path: "/v1/charges/ch_secret" });
    const { samples, text } = await scrape();
    // Of the numbers only in names and labels: a measured value may hold any four digits.
    const named = samples
      .map(({ labels, name: metric }) => JSON.stringify([metric, labels]))
      .join();
    expect(named).not.toContain("4242");
    expect(text).not.toMatch(/[srp]k_test_|4242424242424242|\bch_|tok_|acct_|unknown\/\d/);
    expect(samples.length).toBeLessThan(500);
  });
});
