/**
 * A charge whose processor is asked over a network and fails, before or after its work: the same idempotency key ends in
 * one charge that was authorized once. The processor's journal is the witness.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../server/src/index.ts";
import { type Answer, cardForm, type Form, send } from "../support/http.ts";
import {
  createStore,
  engines,
  type StartedProcess,
  startOn,
  startProcess,
  stopProcess,
  type TestStore,
} from "../support/server.ts";

const charge: Form = { amount: 2000, currency: "usd", source: "tok_visa" };

let keyCount = 0;
const newKey = (): string => `resume-${Date.now()}-${++keyCount}`;

describe.each(engines)("with a processor that fails, on %s", (engine) => {
  let store: TestStore;
  let folder: string;
  let simulator: StartedProcess;
  let simulatorUrl: string;
  let server: RunningServer;

  beforeAll(async () => {
    store = await createStore(engine);
    folder = mkdtempSync(join(tmpdir(), "istripe-journal-"));
    simulator = await startProcess("simulator/src/main.ts", ["--journal", join(folder, "journal")]);
    simulatorUrl = (JSON.parse(simulator.firstLine) as { readonly url: string }).url;
    server = await startOn(store, ["--simulator-url", simulatorUrl]);
  });
  afterEach(async () => {
    await fetch(`${simulatorUrl}/faults`, { method: "DELETE" });
  });
  afterAll(async () => {
    await server.close();
    await stopProcess(simulator.child);
    store.remove();
    rmSync(folder, { force: true, recursive: true });
  });

  const fail = async (fault: object): Promise<void> => {
    const { ok } = await fetch(`${simulatorUrl}/faults`, {
      body: JSON.stringify(fault),
      method: "POST",
    });
    expect(ok).toBe(true);
  };
  const post = (key: string, form: Form): Promise<Answer> =>
    send(server.url, {
      form,
      headers: { "idempotency-key": key },
      key: server.secretKey,
      path: "/v1/charges",
    });
  const chargesOf = async (group: string) => {
    const path = `/v1/charges?transfer_group=${group}`;
    return (await send(server.url, { key: server.secretKey, path })).body.data;
  };

  /** How often the processor really authorized a charge. */
  const authorizations = (id: string): number =>
    readFileSync(join(folder, "journal"), "utf8")
      .split("\n")
      .filter((line) => line.includes('"kind":"authorization"') && line.includes(`"${id}"`)).length;

  test.each(["drop_after", "drop_before", "error"])(
    "after the fault %s the same key ends in one charge that was authorized once",
    async (action) => {
      const key = newKey();
      const form = { ...charge, transfer_group: key };
      await fail({ action, count: 3 });
      let answer = await post(key, form);
      const tries: number[] = [];
      while (answer.status >= 500 && tries.length < 10) {
        expect(answer.body.error["type"]).toBe("api_error");
        tries.push(answer.status);
        answer = await post(key, form);
      }
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ paid: true, status: "succeeded" });
      const charges = await chargesOf(key);
      expect(charges.map(({ id, status }) => [id, status])).toEqual([
        [answer.body.id, "succeeded"],
      ]);
      expect(authorizations(answer.body.id)).toBe(1);
      const replay = await post(key, form);
      expect([replay.text, replay.headers["idempotent-replayed"]]).toEqual([answer.text, "true"]);
    },
  );

  test("a card of the caller's own, lost between the phases, is charged once and then gone", async () => {
    const token = await send(server.url, {
      form: cardForm(),
      key: server.secretKey,
      path: "/v1/tokens",
    });
    const key = newKey();
    const form = { ...charge, source: token.body.id, transfer_group: key };
    await fail({ action: "drop_after", count: 1 });
    const first = await post(key, form);
    const last = first.status === 200 ? first : await post(key, form);
    expect([last.status, last.body["status"]]).toEqual([200, "succeeded"]);
    expect(await chargesOf(key)).toHaveLength(1);
    expect(authorizations(last.body.id)).toBe(1);
    const [row] = await store.query("select sealed, status from tokens where id = $1", [
      token.body.id,
    ]);
    expect(row).toEqual({ sealed: null, status: "used" });
  });

  test("a storm on one key asks the processor once, and a storm on one token charges it once", async () => {
    const token = await send(server.url, {
      form: cardForm(),
      key: server.secretKey,
      path: "/v1/tokens",
    });
    const [key, group] = [newKey(), newKey()];
    const form = { ...charge, transfer_group: key };
    const spending = { ...charge, source: token.body.id, transfer_group: group };
    const [sameKey, sameToken] = await Promise.all([
      Promise.all(Array.from({ length: 50 }, () => post(key, form))),
      Promise.all(Array.from({ length: 20 }, () => post(newKey(), spending))),
    ]);
    expect(new Set(sameKey.map(({ status }) => status))).toEqual(new Set([200, 409]));
    const charges = [...(await chargesOf(key)), ...(await chargesOf(group))];
    expect(charges).toHaveLength(2);
    for (const { id } of charges) expect(authorizations(id)).toBe(1);
    const spent = sameToken.filter(({ status }) => status === 200);
    expect(spent.map(({ body }) => body.id)).toEqual([charges[1]?.id]);
    const refused = sameToken.filter(({ status }) => status !== 200);
    for (const { body } of refused)
      expect(body.error["code"]).toMatch(/^(?:token_already_used|lock_timeout)$/);
  });

  test("while the processor thinks, the same key is in use; then it is answered", async () => {
    const key = newKey();
    const form = { ...charge, transfer_group: key };
    await fail({ action: "delay", count: 1, delay_ms: 800 });
    const slow = post(key, form);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const second = await post(key, form);
    expect([second.status, second.body.error["code"]]).toEqual([409, "idempotency_key_in_use"]);
    expect((await slow).status).toBe(200);
    expect((await post(key, form)).text).toBe((await slow).text);
    expect(await chargesOf(key)).toHaveLength(1);
  });

  test("a restart while the processor thinks leaves one charge, which the same key settles", async () => {
    const key = newKey();
    const form = { ...charge, transfer_group: key };
    await fail({ action: "drop_after", count: 2 });
    const lost = await post(key, form);
    await server.close();
    server = await startOn(store, ["--simulator-url", simulatorUrl]);
    await fetch(`${simulatorUrl}/faults`, { method: "DELETE" });
    const settled = await post(key, form);
    expect(settled.status).toBe(200);
    if (lost.status === 200) expect(settled.text).toBe(lost.text);
    const charges = await chargesOf(key);
    expect(charges.map(({ id, status }) => [id, status])).toEqual([[settled.body.id, "succeeded"]]);
    expect(authorizations(settled.body.id)).toBe(1);
  });
});
