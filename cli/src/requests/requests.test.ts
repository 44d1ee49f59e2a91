/**
 * `istripe get`, `post` and `delete` against a real server: what goes to stdout and what to stderr, how each failure
 * ends, and that neither stream ever tells a key or a card number.
 */
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testCertificate } from "../../../tests/support/test-certificate.ts";
import {
  istripe,
  type Ran,
  releaseAll,
  type Served,
  serve,
  temporaryDirectory,
} from "../testing/istripe-process.ts";

let server: Served;

beforeAll(async () => {
  server = await serve();
});

afterAll(releaseAll);

const call = (...args: readonly string[]): Promise<Ran> => istripe(args, server.environment);
const jsonOf = (ran: Ran): Record<string, unknown> => JSON.parse(ran.stdout);
const chargeForm = ["-d", "amount=2000", "-d", "currency=usd", "-d", "source=tok_visa"];

describe("what succeeds", () => {
  it("prints the object alone on stdout, as the server formats it", async () => {
    const made = await call("post", "/v1/charges", ...chargeForm);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(jsonOf(made)).toMatchObject({ amount: 2000, object: "charge", status: "succeeded" });
    expect(made.stdout).toMatch(/^\{\n {2}"id": "ch_\w+",\n.*\}\n$/s);
  });

  it("with --json prints exactly one line", async () => {
    const ran = await call("get", "/v1/balance", "--json");
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout.split("\n")).toHaveLength(2);
    expect(jsonOf(ran)["object"]).toBe("balance");
  });

  it("sends -d of a get in the query, beside what the path has already", async () => {
    for (let count = 0; count < 3; count += 1) await call("post", "/v1/charges", ...chargeForm);
    const two = await call("get", "v1/charges?limit=2", "-d", "created[gte]=1");
    expect(jsonOf(two)["data"]).toHaveLength(2);
    const one = await call("get", "/v1/charges", "-d", "limit=1");
    expect(jsonOf(one)["data"]).toHaveLength(1);
  });

  it("sends values with every character as they were typed", async () => {
    const text = 'a=b&c d+e%20"é😀#?/';
    const form = ["-d", `description=${text}`, "-d", `metadata[k]=${text}`];
    const made = jsonOf(await call("post", "/v1/charges", ...chargeForm, ...form));
    expect(made).toMatchObject({ description: text, metadata: { k: text } });
  });

  it("with -i begins with the status and the headers", async () => {
    const ran = await call("get", "/v1/balance", "-i");
    const [head = "", body = ""] = ran.stdout.split("\n\n");
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\n/);
    expect(head).toMatch(/^request-id: req_\w+$/im);
    expect(JSON.parse(body)).toMatchObject({ object: "balance" });
  });

  it("deletes", async () => {
    const card = ["number=4242424242424242", "exp_month=12", "exp_year=2040", "cvc=123"];
    const form = card.flatMap((field) => ["-d", field.replace(/^(\w+)/, "card[$1]")]);
    const { id } = jsonOf(await call("post", "/v1/tokens", ...form));
    const ran = await call("delete", `/v1/tokens/${id}`);
    expect(ran.code, ran.stderr).toBe(0);
    expect(jsonOf(ran)).toMatchObject({ deleted: true, id });
  });

  it("is done once under one --idempotency-key, and each time without", async () => {
    const once1 = ["post", "/v1/charges", ...chargeForm, "--idempotency-key", "order-1"];
    const [first, again] = [jsonOf(await call(...once1)), jsonOf(await call(...once1))];
    expect(again["id"]).toBe(first["id"]);
    const [third, fourth] = [
      jsonOf(await call("post", "/v1/charges", ...chargeForm)),
      jsonOf(await call("post", "/v1/charges", ...chargeForm)),
    ];
    expect(new Set([first["id"], third["id"], fourth["id"]]).size).toBe(3);
  });
});

describe("what the server refuses", () => {
  it("exits with 1, its whole error on stdout and its sentence on stderr", async () => {
    const ran = await call("post", "/v1/charges", "-d", "currency=usd");
    expect(ran.code).toBe(1);
    expect(jsonOf(ran)).toMatchObject({ error: { code: "parameter_missing", param: "amount" } });
    expect(ran.stderr).toMatch(
      /^Error: Missing required param: amount\. \(parameter_missing, parameter amount, request req_\w+\)\n$/,
    );
  });

  it("tells why a card was declined", async () => {
    const form = ["-d", "amount=2000", "-d", "currency=usd"];
    const ran = await call(
      ...["post", "/v1/charges", ...form],
      ...["-d", "source=tok_visa_chargeDeclinedInsufficientFunds"],
    );
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("card_declined, insufficient_funds");
  });

  it("exits with 3 for an object or a route that is not there", async () => {
    const object = await call("get", "/v1/charges/ch_missing");
    expect(object.code).toBe(3);
    expect(object.stderr).toContain("No such charge: 'ch_missing'");
    expect((await call("get", "/v1/nonsense")).code).toBe(3);
  });

  it("exits with 4 for a key that is not known", async () => {
    const ran = await call("get", "/v1/balance", "--api-key", "sk_test_0123456789abcdefghij");
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain("Invalid API Key provided");
    expect(ran.stdout + ran.stderr).not.toContain("0123456789abcdef");
  });
});

describe("which server, which key", () => {
  it("a flag wins over the environment", async () => {
    const environment = {
      ISTRIPE_API_BASE: "http://127.0.0.1:1",
      ISTRIPE_API_KEY: "sk_test_wrong",
    };
    const flags = ["--api-base", `${server.url}/`, "--api-key", server.secretKey];
    const ran = await istripe(["get", "/v1/balance", ...flags], environment);
    expect(ran.code, ran.stderr).toBe(0);
  });

  it("the environment wins over the key that the local server keeps", async () => {
    const environment = { ...server.environment, ISTRIPE_API_KEY: "sk_test_unknown" };
    expect((await istripe(["get", "/v1/balance"], environment)).code).toBe(4);
    const empty = { ...server.environment, ISTRIPE_API_KEY: "" };
    expect((await istripe(["get", "/v1/balance"], empty)).code).toBe(0);
  });

  it("without any key nothing is sent: exit 4 and how to give one", async () => {
    const environment = { ISTRIPE_API_BASE: server.url, ISTRIPE_DATA_DIR: temporaryDirectory() };
    const ran = await istripe(["get", "/v1/balance"], environment);
    expect(ran).toMatchObject({ code: 4, stdout: "" });
    expect(ran.stderr).toContain("ISTRIPE_API_KEY");
    expect(ran.stderr).toContain("--data-dir");
  });

  it("the key that the local server keeps is never sent to another machine", async () => {
    const environment = { ...server.environment, ISTRIPE_API_BASE: "http://payments.invalid" };
    const ran = await istripe(["get", "/v1/balance"], environment);
    expect(ran).toMatchObject({ code: 4, stdout: "" });
    expect(ran.stderr).toContain("http://payments.invalid");
  });

  it("a path cannot name another server", async () => {
    expect((await call("get", "http://127.0.0.1:1/v1/balance")).code).toBe(2);
    expect((await call("get", "//127.0.0.1:1/v1/balance")).code).toBe(3);
  });

  it("a damaged file of keys is named and not shown", async () => {
    const dataDir = join(temporaryDirectory(), "data");
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, "test-keys.json"), '{"secret_key": "sk_test_half');
    const ran = await call("get", "/v1/balance", "--data-dir", dataDir);
    expect(ran).toMatchObject({ code: 4, stdout: "" });
    expect(ran.stderr).toContain(join(dataDir, "test-keys.json"));
    expect(ran.stderr).not.toContain("half");
  });

  it.each([
    "ftp://127.0.0.1",
    "nonsense",
    "http://user:hunter2@127.0.0.1",
    "http://127.0.0.1?key=hunter2",
  ])("the address %s is refused without being repeated", async (base) => {
    const ran = await call("get", "/v1/balance", "--api-base", base);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).not.toContain("hunter2");
  });

  it("a key that would end its header is refused without being repeated", async () => {
    const ran = await call("get", "/v1/balance", "--api-key", "hunter2\r\nx-evil: 1");
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).not.toContain("hunter2");
  });
});

describe("a server that does not answer", () => {
  it("exits with 5, says how to start one, and a post that was never sent needs no advice", async () => {
    const flags = ["--api-base", "http://127.0.0.1:1", "--api-key", server.secretKey];
    const ran = await call("post", "/v1/charges", ...chargeForm, ...flags);
    expect(ran).toMatchObject({ code: 5, stdout: "" });
    expect(ran.stderr).toContain("istripe serve");
    expect(ran.stderr).not.toContain("--idempotency-key");
    expect(ran.stderr).not.toContain(server.secretKey);
  });

  it("that dies in the middle of a post leaves the key to repeat it with", async () => {
    const dying = createServer((socket) => {
      socket.once("data", () => socket.destroy());
    }).listen(0, "127.0.0.1");
    await once(dying, "listening");
    const { port } = dying.address() as AddressInfo;
    const flags = ["--api-base", `http://127.0.0.1:${port}`, "--api-key", server.secretKey];
    const ran = await call("post", "/v1/charges", ...chargeForm, ...flags);
    dying.close();
    expect(ran).toMatchObject({ code: 5, stdout: "" });
    expect(ran.stderr).toMatch(/--idempotency-key [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\n$/);
    expect(ran.stderr).not.toContain(server.secretKey);
  });

  it("that is something else than iStripe is told apart", async () => {
    const ran = await call("get", "/metrics");
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain("may not be iStripe");
  });
});

describe("over TLS", () => {
  let tls: Served;
  const files = { cert: "", key: "" };

  beforeAll(async () => {
    const directory = temporaryDirectory();
    const made = testCertificate();
    files.cert = join(directory, "cert.pem");
    files.key = join(directory, "key.pem");
    writeFileSync(files.cert, made.cert);
    writeFileSync(files.key, made.key, { mode: 0o600 });
    tls = await serve(["--tls-cert", files.cert, "--tls-key", files.key]);
  });

  it("a certificate that the machine trusts is enough", async () => {
    const environment = { ...tls.environment, NODE_EXTRA_CA_CERTS: files.cert };
    const ran = await istripe(["get", "/v1/balance"], environment);
    expect(ran.code, ran.stderr).toBe(0);
  });

  it("one that it does not trust gets no request, and how to trust it is said", async () => {
    const ran = await istripe(["post", "/v1/charges", ...chargeForm], tls.environment);
    expect(ran).toMatchObject({ code: 5, stdout: "" });
    expect(ran.stderr).toContain("NODE_EXTRA_CA_CERTS");
    expect(ran.stderr).not.toContain("--idempotency-key");
    const trusting = { ...tls.environment, NODE_EXTRA_CA_CERTS: files.cert };
    const charges = await istripe(["get", "/v1/charges"], trusting);
    expect(jsonOf(charges)["data"]).toEqual([]);
  });

  it("an address with the wrong protocol fails with 5, either way", async () => {
    const plain = await istripe(["get", "/v1/balance"], {
      ...tls.environment,
      ISTRIPE_API_BASE: tls.url.replace("https:", "http:"),
    });
    expect(plain, plain.stderr).toMatchObject({ code: 5, stdout: "" });
    const secure = await istripe(["get", "/v1/balance"], {
      ...server.environment,
      ISTRIPE_API_BASE: server.url.replace("http:", "https:"),
    });
    expect(secure).toMatchObject({ code: 5, stdout: "" });
    expect(secure.stderr).toContain("does not speak TLS");
  });
});

describe("no failing command tells a secret", () => {
  const key = "sk_test_51SecretSecretSecretSecret";
  const number = "4242424242424242";

  it.each([
    ["an unknown command", [key]],
    ["an unknown flag", ["get", "/v1/balance", `--${key}`]],
    ["a flag that looks alike", ["get", "/v1/balance", `--apikey=${key}`]],
    ["a second operand", ["get", "/v1/balance", key]],
    ["a key in the path", ["get", `/v1/charges/${key}`, "--api-key", key]],
    ["a flag without its value", ["get", "/v1/balance", "--api-key"]],
    ["a refused request", ["post", "/v1/charges", "-d", "amount=x", "--api-key", key]],
    [
      "an unreachable server",
      ["get", "/v1/x", "--api-key", key, "--api-base", "http://127.0.0.1:1"],
    ],
    ["a card number without its name", ["post", "/v1/tokens", "-d", number]],
    ["a card number as a command", [number]],
    ["a card number as a flag", ["post", "/v1/tokens", `--${number}`]],
    ["a card number with spaces", ["keys", "4242 4242 4242 4242"]],
  ])("%s", async (_, args) => {
    const ran = await call(...args);
    expect(ran.code).not.toBe(0);
    expect(ran.stdout + ran.stderr).not.toContain("SecretSecret");
    expect(ran.stdout + ran.stderr).not.toMatch(/4242[ -]?4242/);
  });
});
