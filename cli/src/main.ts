#!/usr/bin/env node
/**
 * The entry of `istripe`: hands the arguments and the environment to the program and takes its exit code. Like the
 * server's entry it imports nothing of ours by itself, because what is imported before the cache is on does not use it.
 */
import { enableCompileCache } from "node:module";

enableCompileCache();
const { runProgram } = await import("./program.ts");
process.exitCode = await runProgram({
  argv: process.argv.slice(2),
  // biome-ignore lint/style/noProcessEnv: this is where the environment enters the program, and nothing else reads it.
  environment: process.env,
});
