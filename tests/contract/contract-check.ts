/**
 * Puts the contract checker, where there is one, between a test's client and the server: it compares every answer with
 * Stripe's own description and collects what breaks it. The project does not need it: without it the same tests talk to
 * the server directly.
 */
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { repository } from "../support/server.ts";

interface Violation {
  readonly operation: string;
  readonly pointer: string;
  readonly kind: string;
  readonly message: string;
}

interface ContractReport {
  readonly requests: number;
  readonly violations: readonly Violation[];
  /** By `METHOD /path/{id}`: how often it was called, answered 2xx, and answered 2xx without a violation. */
  readonly operations: Readonly<Record<string, { readonly ok: number; readonly clean: number }>>;
}

interface Contract {
  report(options: object): ContractReport;
}

interface Checker {
  readonly Contract: new (specFile: string) => Contract;
  startProxy(options: {
    readonly contract: Contract;
    readonly target: string;
    readonly host: string;
    readonly port: number;
  }): Promise<Server>;
}

export interface ContractCheck {
  /** Where clients send their requests. */
  readonly url: string;
  /** Stops the check and writes its report; undefined where there is no checker. */
  close(): Promise<ContractReport | undefined>;
}

/** The folder of the checker and of Stripe's description. */
const contractFolder = resolve(repository, process.env["ISTRIPE_CONTRACT"] ?? "../shared/contract");
const checkerFile = join(contractFolder, "check.mjs");

/** @param name of the report in `.cache/contract/`. */
export async function openContractCheck(name: string, target: string): Promise<ContractCheck> {
  if (!existsSync(checkerFile)) return { close: async () => undefined, url: target };
  const { Contract, startProxy } = (await import(checkerFile)) as Checker;
  const contract = new Contract(join(contractFolder, "spec3.json.gz"));
  const proxy = await startProxy({ contract, host: "127.0.0.1", port: 0, target });
  const { port } = proxy.address() as AddressInfo;
  return {
    close: async () => {
      const closed = once(proxy, "close");
      proxy.close();
      proxy.closeAllConnections();
      await closed;
      const report = contract.report({});
      const folder = join(repository, ".cache/contract");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(report, null, 1)}\n`);
      return report;
    },
    url: `http://127.0.0.1:${port}`,
  };
}
