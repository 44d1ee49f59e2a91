/**
 * The entry: sets up the engine around our code, and runs the program. It imports nothing of ours by itself, because
 * what is imported before the cache is on does not use it.
 */
import { enableCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";

// A third of a cold start is spent on compiling; Node keeps the compiled code from one start to the next.
enableCompileCache();
// A write waits for its sync, so V8 sees its objects survive and allocates their like in the old generation, where
// each keeps all that it points to alive until the next full collection. That cost a third of a charge.
setFlagsFromString("--no-allocation-site-pretenuring");
const { run } = await import("./program.ts");
await run();
// A request runs each of its many functions once, so V8's own thresholds, made for loops, are met only after thousands
// of requests, and a new type at one place puts a function off again for 500 runs. A server is as fast as it gets after
// seconds instead of minutes, and a little faster in the end. Not before it is up: a start runs most things once.
setFlagsFromString("--invocation-count-for-maglev=100");
setFlagsFromString("--invocation-count-for-turbofan=800");
setFlagsFromString("--minimum-invocations-after-ic-update=100");
