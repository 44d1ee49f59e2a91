/**
 * The program with the engine set up around it. It imports nothing of ours by itself, because the first setting counts for
 * what is loaded after it only.
 */
import { setFlagsFromString } from "node:v8";

// A write waits for its sync, so V8 sees its objects survive and allocates their like in the old generation, where
// each keeps all that it points to alive until the next full collection. That cost a third of a charge.
setFlagsFromString("--no-allocation-site-pretenuring");
const { run } = await import("./program/program.ts");
await run();
// A request runs each of its many functions once, so V8's own thresholds, made for loops, are met only after thousands
// of requests, and a new type at one place puts a function off again for 500 runs. A server is as fast as it gets after
// seconds instead of minutes, and a little faster in the end. Not before it is up: a start runs most things once.
setFlagsFromString("--invocation-count-for-maglev=100");
setFlagsFromString("--invocation-count-for-turbofan=800");
setFlagsFromString("--minimum-invocations-after-ic-update=100");
