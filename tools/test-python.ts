/**
 * Runs the Python tests against real servers: one in the present, and one whose test clock starts in 2023, for the
 * guide's snippet. Where the wire contract is at hand, every request to the first server passes its checker. The webhook
 * toolkit's tests get a PostgreSQL.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { startPostgres } from "../tests/support/postgres.ts";
import { checked, startServer } from "./checked-server.ts";

const python = ".cache/python/bin/python";
const suites = ["sdks/python", "tests/contract/python"];

const present = await checked("python", await startServer());
const past = await startServer(["--clock", "2023-06-01T00:00:00Z"]);
const postgres = await startPostgres();
const options = ["-q", "-p", "no:cacheprovider", "--junitxml=.cache/results/pytest.xml"];
const pytest = spawn(python, ["-m", "pytest", ...options, ...suites], {
  env: {
    ...process.env,
    ISTRIPE_API_BASE: present.url,
    ISTRIPE_API_KEY: present.secretKey,
    ISTRIPE_PAST_API_BASE: past.url,
    ISTRIPE_PAST_API_KEY: past.secretKey,
    ISTRIPE_TEST_POSTGRES_URL: postgres.url,
    PYTHONDONTWRITEBYTECODE: "1",
  },
  stdio: "inherit",
});
const [code] = (await once(pytest, "exit")) as [number | null];
await present.stop();
await past.stop();
await postgres.stop();
process.exitCode = code ?? 1;
