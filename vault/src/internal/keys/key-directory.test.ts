/** The guarantees of the key files: owner-only, durable, and refused by name when they are not as the vault left them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cardSlots } from "../egress/request-filling.ts";
import {
  handleOf,
  numberIn,
  openTestVault,
  visa,
  withDirectory,
  withDirectoryAsync,
} from "../test-vault.ts";

const binding = { accountId: "acct_1", livemode: false, reference: "card_1" };
const request = { method: "POST", path: "/", body: { number: cardSlots.number } };

/** Opens the directory, seals a card and closes it again. */
function sealIn(directory: string, accountId = "acct_1"): Uint8Array {
  const { vault } = openTestVault({ directory });
  const { blob } = vault.seal(handleOf(vault, visa), { ...binding, accountId });
  vault.close();
  return blob;
}

/** The number that a vault opened on the directory now would send. */
function numberFrom(directory: string, sealed: Uint8Array): string {
  const { vault } = openTestVault({ directory });
  let received = "";
  try {
    vault.egress.allow({
      name: "witness",
      transport: ({ body }) => {
        received = numberIn(body);
        return { status: 200, body: null };
      },
    });
    vault.egress.sendNow({ destination: "witness", card: { sealed, binding }, request });
  } finally {
    vault.close();
  }
  return received;
}

const paths = (directory: string) => ({
  root: join(directory, "root.key"),
  keys: join(directory, "keys.json"),
});

describe("the key directory", () => {
  test("a card sealed before a restart opens after it", () => {
    withDirectory((directory) => {
      const sealed = sealIn(directory);
      sealIn(directory, "acct_2");
      expect(numberFrom(directory, sealed)).toBe(visa);
    });
  });

  test("folder and files belong to the owner alone, and nothing else is left in the folder", () => {
    withDirectory((directory) => {
      sealIn(directory);
      expect(statSync(directory).mode & 0o777).toBe(0o700);
      expect(readdirSync(directory).sort()).toEqual(["keys.json", "root.key"]);
      for (const path of Object.values(paths(directory))) {
        expect(statSync(path).mode & 0o777).toBe(0o600);
      }
      expect(statSync(paths(directory).root).size).toBe(32);
    });
  });

  test("keys are on disk before the first seal of an account is returned", () => {
    withDirectory((directory) => {
      const { vault } = openTestVault({ directory });
      expect(readFileSync(paths(directory).keys, "utf8")).not.toContain("acct_1");
      const sealed = vault.seal(handleOf(vault, visa), binding).blob;
      // The vault is not closed: what a killed process leaves must do.
      expect(numberFrom(directory, sealed)).toBe(visa);
      vault.close();
    });
  });

  test("creating an account's keys twice writes once", () => {
    withDirectory((directory) => {
      const { vault } = openTestVault({ directory });
      vault.createAccountKeys("acct_1");
      const written = readFileSync(paths(directory).keys, "utf8");
      vault.createAccountKeys("acct_1");
      expect(readFileSync(paths(directory).keys, "utf8")).toBe(written);
      vault.close();
    });
  });

  test("what a process killed during a write left behind is removed, and does no harm", () => {
    withDirectory((directory) => {
      const sealed = sealIn(directory);
      const leftover = join(directory, "keys.json.0123456789ab.tmp");
      writeFileSync(leftover, "{", { mode: 0o600 });
      expect(numberFrom(directory, sealed)).toBe(visa);
      expect(existsSync(leftover)).toBe(false);
    });
  });

  test("a first start killed before its root key was whole begins anew, as no card was sealed", () => {
    withDirectory((directory) => {
      openTestVault({ directory }).vault.close();
      unlinkSync(paths(directory).root);
      openTestVault({ directory }).vault.close();
      writeFileSync(paths(directory).root, "");
      const sealed = sealIn(directory);
      expect(numberFrom(directory, sealed)).toBe(visa);
    });
  });

  test("if the key files are taken away while the vault runs, no account gets keys that would be lost", () => {
    withDirectory((directory) => {
      const { vault } = openTestVault({ directory });
      unlinkSync(paths(directory).keys);
      expect(() => vault.seal(handleOf(vault, visa), binding)).toThrow(
        "changed by another process",
      );
      vault.close();
    });
  });
});

describe("a vault refuses to open, naming the file and the remedy,", () => {
  test.each<[string, (directory: string) => void, RegExp]>([
    [
      "when the root key is missing",
      (directory) => unlinkSync(paths(directory).root),
      /root\.key is missing .*keys\.json holds keys wrapped by it: restore it from its backup\.$/,
    ],
    [
      "when the root key is cut short",
      (directory) => writeFileSync(paths(directory).root, "short"),
      /root\.key is missing or not 32 bytes long.*restore it from its backup\.$/,
    ],
    [
      "when the root key is another one",
      (directory) => writeFileSync(paths(directory).root, Buffer.alloc(32, 7)),
      /root\.key is not the root key that wrapped .*keys\.json: restore the two from one backup\.$/,
    ],
    [
      "when the wrapped keys are missing",
      (directory) => unlinkSync(paths(directory).keys),
      /keys\.json is missing although .*root\.key is there: restore it from its backup/,
    ],
    [
      "when the wrapped keys are garbled",
      (directory) => writeFileSync(paths(directory).keys, "{ garbled"),
      /keys\.json is damaged: restore it from its backup\.$/,
    ],
    [
      "when the wrapped keys are cut at the end",
      (directory) => {
        const text = readFileSync(paths(directory).keys, "utf8");
        writeFileSync(paths(directory).keys, text.slice(0, -3));
      },
      /keys\.json is damaged: restore it from its backup\.$/,
    ],
    [
      "when others may read the root key",
      (directory) => chmodSync(paths(directory).root, 0o640),
      /root\.key may be accessed by other users of this machine: run "chmod 600 .*root\.key"/,
    ],
    [
      "when others may read the wrapped keys",
      (directory) => chmodSync(paths(directory).keys, 0o604),
      /keys\.json may be accessed by other users of this machine: run "chmod 600 .*keys\.json"/,
    ],
    [
      "when others may write to the folder",
      (directory) => chmodSync(directory, 0o770),
      /keys may be accessed by other users of this machine: run "chmod 700 .*keys"/,
    ],
  ])("%s", (_, damage, message) => {
    withDirectory((directory) => {
      sealIn(directory);
      damage(directory);
      expect(() => openTestVault({ directory })).toThrow(message);
      expect(() => openTestVault({ directory })).toThrow(message);
    });
  });

  test("and what it refused is left as it was, for the operator to mend", () => {
    withDirectory((directory) => {
      const sealed = sealIn(directory);
      const root = readFileSync(paths(directory).root);
      unlinkSync(paths(directory).root);
      expect(() => openTestVault({ directory })).toThrow("missing");
      writeFileSync(paths(directory).root, root, { mode: 0o600 });
      expect(numberFrom(directory, sealed)).toBe(visa);
    });
  });
});

/** A process that makes accounts and seals a card in each, printing every sealed card once it has it. */
const sealer = `
  const { openVault } = await import(process.argv[1]);
  const testCards = new Map([["visa", { number: "4242424242424242", cvc: "" }]]);
  const vault = openVault({ directory: process.argv[2], testCards, monotonicNow: () => 0 });
  for (let count = 0; ; count++) {
    const card = vault.ingress.testCard("visa");
    const binding = { accountId: "acct_" + process.pid + "_" + count, livemode: false, reference: "card_1" };
    const { blob } = vault.seal(card, binding);
    writeSync(1, binding.accountId + " " + Buffer.from(blob).toString("base64") + "\\n");
  }
`;

/** Runs the sealer, kills it after so many printed cards, and returns what it printed. */
async function killedSealer(directory: string, cardCount: number): Promise<string[]> {
  const door = new URL("../../index.ts", import.meta.url).href;
  const script = `import { writeSync } from "node:fs"; ${sealer}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, door, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => {
    printed += text;
    if (printed.split("\n").length > cardCount) child.kill("SIGKILL");
  });
  await once(child, "close");
  return printed.split("\n").slice(0, -1);
}

test("a vault killed while it makes keys opens again, and opens every card it had returned", async () => {
  await withDirectoryAsync(async (directory) => {
    const printed: string[] = [];
    for (let kill = 0; kill < 5; kill++) printed.push(...(await killedSealer(directory, kill * 3)));
    expect(printed.length).toBeGreaterThanOrEqual(30);
    const { vault } = openTestVault({ directory });
    const received: string[] = [];
    vault.egress.allow({
      name: "witness",
      transport: ({ body }) => {
        received.push(numberIn(body));
        return { status: 200, body: null };
      },
    });
    for (const line of printed) {
      const [accountId = "", blob = ""] = line.split(" ");
      const card = { sealed: Buffer.from(blob, "base64"), binding: { ...binding, accountId } };
      vault.egress.sendNow({ destination: "witness", card, request });
    }
    expect(received).toEqual(printed.map(() => visa));
    vault.close();
  });
}, 30_000);

test("two processes on one key directory do not overwrite each other's keys: the later writer refuses", () => {
  withDirectory((directory) => {
    openTestVault({ directory }).vault.close();
    const first = openTestVault({ directory }).vault;
    const second = openTestVault({ directory }).vault;
    const sealed = first.seal(handleOf(first, visa), binding).blob;
    expect(() => second.createAccountKeys("acct_2")).toThrow("changed by another process");
    first.close();
    second.close();
    expect(numberFrom(directory, sealed)).toBe(visa);
  });
});
