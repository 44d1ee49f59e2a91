/**
 * The entry: sets up the engine before any of our code is loaded, and runs the program. It imports nothing of ours by
 * itself, because what is imported before the cache is on does not use it.
 */
import { enableCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";

// A third of a cold start is spent on compiling; Node keeps the compiled code from one start to the next.
enableCompileCache();
// A write waits for its sync, so V8 sees its objects survive and allocates their like in the old generation, where
// each keeps all that it points to alive until the next full collection. That cost a third of a charge.
setFlagsFromString("--no-allocation-site-pretenuring");
await import("./program.ts");
