/**
 * A worker as `--role worker` starts it, but with leases so short that a test can wait for those of a killed one.
 */
import { readConfig, startDeliveryWorker } from "../../server/src/index.ts";

const leaseMs = 10_000;
const worker = await startDeliveryWorker(readConfig(), { leaseMs });
process.on("SIGTERM", () => void worker.close().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ worker: worker.owner })}\n`);
