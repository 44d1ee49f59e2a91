#!/usr/bin/env node
/**
 * The entry of `istripe`: hands the arguments and the environment to the program and takes its exit code. JavaScript, and
 * without an import of ours, for the reason that the server's entry is: a third of the time that a short command takes.
 */
import { enableCompileCache } from "node:module";

enableCompileCache(`${import.meta.dirname}/../../.cache/compiled`);
const { runProgram } = await import("./program.ts");
process.exitCode = await runProgram({
  argv: process.argv.slice(2),
  // biome-ignore lint/style/noProcessEnv: this is where the environment enters the program, and nothing else reads it.
  environment: process.env,
});
