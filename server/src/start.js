/**
 * Starts the server. JavaScript, because it is read before compiled code can come from the cache: for TypeScript here
 * Node would load its transpiler at each start, for this file alone, and keep its 20 MB.
 */
import { enableCompileCache } from "node:module";

// A third of a cold start is spent on compiling; Node keeps the compiled code from one start to the next. Not where it
// would by itself, in the temporary folder, since whoever makes that folder first decides what code is found there.
enableCompileCache(`${import.meta.dirname}/../../.cache/compiled`);
await import("./main.ts");
