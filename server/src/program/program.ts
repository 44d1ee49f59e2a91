/**
 * The program: reads the settings, starts the server or a worker beside one, says where it is, and stops cleanly on
 * SIGTERM or SIGINT. Data goes to stdout, everything else to stderr.
 */
import {
  type Config,
  ConfigError,
  type RunningServer,
  readConfig,
  startDeliveryWorker,
  startServer,
} from "../index.ts";

/** Resolves when it is up; it runs until a signal ends it. What stops the start is said on stderr, and the process ends. */
export async function run(): Promise<void> {
  try {
    await start();
  } catch (error) {
    process.stderr.write(
      error instanceof ConfigError ? `${error.message}\n` : `${String((error as Error).stack)}\n`,
    );
    process.exit(1);
  }
}

/** @throws ConfigError before anything is served. */
async function start(): Promise<void> {
  const config = readConfig();
  if (config.role === "worker") {
    const worker = await startDeliveryWorker(config);
    closeOnSignal(worker);
    process.stdout.write(
      config.announcesJson
        ? `${JSON.stringify({ worker: worker.owner })}\n`
        : `\n  ${worker.owner} sends webhooks for the server on the same database.\n\n`,
    );
    return;
  }
  const server = await startServer(config);
  closeOnSignal(server);
  process.stdout.write(
    config.announcesJson ? asJson(server) : asText(server, config, performance.now()),
  );
}

function closeOnSignal(running: { close(): Promise<void> }): void {
  let isStopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      running.close().then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`iStripe could not stop cleanly: ${(error as Error).message}\n`);
          process.exit(1);
        },
      );
    });
  }
}

const asJson = (server: RunningServer): string =>
  `${JSON.stringify({
    url: server.url,
    account: server.accountId,
    secret_key: server.secretKey,
    publishable_key: server.publishableKey,
    clock: server.testClockNow(),
  })}\n`;

function asText(server: RunningServer, config: Config, tookMs: number): string {
  const clock = new Date(server.testClockNow() * 1000);
  const stored =
    config.databaseUrl === null ? (config.dataDir ?? "memory only: nothing is kept") : "PostgreSQL";
  return `
  iStripe is ready in ${Math.round(tookMs)} ms (test mode: no money moves)

  API              ${server.url}
  Secret key       ${server.secretKey}
  Publishable key  ${server.publishableKey}
  Clock            ${clock.toISOString()}
  Data             ${stored}

  Make a token and charge it:

  TOKEN=$(curl -s ${server.url}/v1/tokens -u ${server.secretKey}: \\
    -d "card[number]=4242424242424242" -d "card[exp_month]=12" \\
    -d "card[exp_year]=${clock.getUTCFullYear() + 2}" -d "card[cvc]=123" | sed -n 's/^  "id": "\\(.*\\)",/\\1/p')
  curl ${server.url}/v1/charges -u ${server.secretKey}: \\
    -d amount=2000 -d currency=usd -d source=$TOKEN

`;
}
