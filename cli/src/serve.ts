/**
 * `istripe serve` and `istripe worker`: the very program of `npm start`, in this process, with the same flags, output and
 * exit codes. They are the commands that may reach the server's code; all others speak HTTP.
 */
import type { PassingCommand } from "./line/command.ts";
import { type ExitCode, exitCodes } from "./line/failure.ts";

export const serveCommand: PassingCommand = {
  about: "Runs the server in the foreground, until SIGINT or SIGTERM.",
  examples: [
    "istripe serve",
    "istripe serve --port 0 --memory --json",
    "istripe serve --data-dir ./data --log-level warn",
  ],
  flags: {
    host: { about: "The address to listen on: 127.0.0.1 by default.", value: "address" },
    port: { about: "4242 by default; 0 takes a free one.", value: "number" },
    "data-dir": { about: "Where data and keys are kept: .istripe by default.", value: "folder" },
    memory: { about: "Keeps nothing on disk." },
    json: { about: "Says where it is with one line of JSON." },
    "log-level": { about: "fatal, error, warn, info, debug, trace or silent.", value: "level" },
  },
  notes: "Every setting of docs/settings.md is a flag too, and an environment variable.",
  runWith: runServer,
  words: ["serve"],
};

export const workerCommand: PassingCommand = {
  about: "Sends webhooks beside a server on the same PostgreSQL, until SIGINT or SIGTERM.",
  examples: ["istripe worker --database-url postgres://localhost/istripe --data-dir ./data"],
  flags: {
    "database-url": { about: "The server's PostgreSQL.", value: "url" },
    "data-dir": { about: "The server's data directory: its keys are read there.", value: "folder" },
    json: { about: "Says its name with one line of JSON." },
    "log-level": { about: "fatal, error, warn, info, debug, trace or silent.", value: "level" },
  },
  notes: "One server sends thousands of webhooks a second by itself; on SQLite it sends alone.",
  runWith: (argv) => runServer(["--role", "worker", ...argv]),
  words: ["worker"],
};

async function runServer(argv: readonly string[]): Promise<ExitCode> {
  // The server reads its settings from the arguments of the process, as it does when it is started by itself.
  process.argv.splice(2, process.argv.length, ...argv);
  await import("../../server/src/main.ts");
  return exitCodes.ok;
}
