/**
 * Runs the Python tests against real servers: one in the present, and one whose test clock starts in 2023, for the
 * guide's snippet. Where the wire contract is at hand, every request to the first server passes its checker.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

const python = ".cache/python/bin/python";
const checker = process.env["ISTRIPE_CONTRACT"] ?? "../shared/contract";
const suites = ["sdks/python", "tests/contract/python"].filter((path) => existsSync(path));

interface Started {
  readonly url: string;
  readonly secretKey: string;
  stop(): Promise<void>;
}

async function startServer(flags: readonly string[]): Promise<Started> {
  const args = [
    "server/src/main.ts",
    "--json",
    "--memory",
    "--port",
    "0",
    "--log-level",
    "warn",
    ...flags,
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const { url, secret_key: secretKey } = JSON.parse(line) as { url: string; secret_key: string };
  return {
    secretKey,
    stop: async () => {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
    url,
  };
}

/** Puts the contract checker in front of a server. Its report is judged together with the others. */
async function startChecked(target: Started): Promise<Started> {
  const script = `${checker}/check.mjs`;
  if (!existsSync(script)) return target;
  const port = 20_000 + (process.pid % 20_000);
  const child = spawn(
    process.execPath,
    [
      script,
      "--target",
      target.url,
      "--listen",
      `127.0.0.1:${port}`,
      "--report",
      ".cache/contract/python.json",
      "--quiet",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  await once(createInterface(child.stderr), "line");
  return {
    secretKey: target.secretKey,
    stop: async () => {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      await target.stop();
    },
    url: `http://127.0.0.1:${port}`,
  };
}

const present = await startChecked(await startServer([]));
const past = await startServer(["--clock", "2023-06-01T00:00:00Z"]);
const pytest = spawn(
  python,
  [
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:cacheprovider",
    "--junitxml=.cache/results/pytest.xml",
    ...suites,
  ],
  {
    env: {
      ...process.env,
      ISTRIPE_API_BASE: present.url,
      ISTRIPE_API_KEY: present.secretKey,
      ISTRIPE_PAST_API_BASE: past.url,
      ISTRIPE_PAST_API_KEY: past.secretKey,
      PYTHONDONTWRITEBYTECODE: "1",
    },
    stdio: "inherit",
  },
);
const [code] = (await once(pytest, "exit")) as [number | null];
await present.stop();
await past.stop();
process.exitCode = code ?? 1;
