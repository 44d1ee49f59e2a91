/**
 * `istripe serve`: the very program of `npm start`, in this process, with the same flags, output and exit codes. It is
 * the one command that may reach the server's code; all others speak HTTP.
 */
import type { PassingCommand } from "./command.ts";
import { exitCodes } from "./failure.ts";

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
  runWith: async (argv) => {
    // The server reads its settings from the arguments of the process, as it does when it is started by itself.
    process.argv.splice(2, process.argv.length, ...argv);
    await import("../../server/src/main.ts");
    return exitCodes.ok;
  },
  words: ["serve"],
};
