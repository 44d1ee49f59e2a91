/**
 * The one door, and the composition root: settings → database → vault → processors → HTTP → jobs. Nothing else knows
 * which engine, processor or transport is in use.
 */
import type { AddressInfo } from "node:net";
import { allAccounts } from "./accounts/accounts/store.ts";
import { createApiKey, type NewKey } from "./accounts/api-keys/create.ts";
import { openTestKeys } from "./accounts/api-keys/test-keys.ts";
import { operations, resources, serializeEvent } from "./api.ts";
import type { Platform, Scope } from "./context.ts";
import { createAuthenticate } from "./http/authentication.ts";
import type { DispatchParts } from "./http/call.ts";
import { createDispatch, createUnbuiltRefusal } from "./http/dispatch.ts";
import { apiDocument } from "./http/openapi/api-document.ts";
import { createRateCheck } from "./http/rate-limit.ts";
import { createRememberedPages } from "./http/remembered-pages.ts";
import { createDrain, type Drain } from "./http/transport/drain.ts";
import { createHttpServer } from "./http/transport/server.ts";
import { readTlsFiles, type TlsFiles } from "./http/transport/tls-files.ts";
import { startWorker } from "./jobs/worker.ts";
import { createMailer } from "./mail/mailer.ts";
import { createMetrics, type Metrics } from "./monitoring/metrics.ts";
import { openPlatform } from "./platform.ts";
import { type Config, ConfigError } from "./program/config.ts";
import { type Logging, openLog } from "./program/logging.ts";
import { createRequestLog, type RequestLog } from "./request-log/log.ts";
import { requestLogUrl } from "./request-log/url.ts";
import { createJobs } from "./schedule.ts";
import { disabledNotice } from "./webhooks/endpoints/disabled-notice.ts";
import { openWebhooks } from "./webhooks/open.ts";

export { operations } from "./api.ts";
export { permissionNames } from "./operation.ts";
export { type Config, ConfigError, readConfig } from "./program/config.ts";
export { type RunningWorker, startDeliveryWorker } from "./program/delivery-worker.ts";

/** The text of openapi/istripe.json. */
export const openApiText = (): string => `${JSON.stringify(apiDocument(operations), null, 2)}\n`;

export interface RunningServer {
  readonly url: string;
  readonly accountId: string;
  readonly secretKey: string;
  readonly publishableKey: string;
  /** Unix seconds of test mode's business clock now. */
  testClockNow(): number;
  /** Makes an API key. Live keys are shown here once and written nowhere. */
  createApiKey(claim: NewKey): Promise<string>;
  /** Stops taking requests, finishes those under way, then releases everything. */
  close(): Promise<void>;
}

/** @throws ConfigError when a setting, a file or another process stands in the way: one sentence for the operator. */
export async function startServer(config: Config): Promise<RunningServer> {
  const log = openLog(config.logLevel);
  const tls = readTlsFiles(config.tls);
  const { platform, firstAccountId, outbox, ...opened } = await openPlatform(config, (error) => {
    log.logger.fatal({ err: error }, "the lock of the database is lost");
    log.close();
    process.exit(1);
  });
  const keys = await openTestKeys(platform, {
    accountId: firstAccountId,
    directory: config.dataDir,
    given: { publishableKey: config.testPublishableKey, secretKey: config.testSecretKey },
  }).catch((error: unknown) => {
    throw new ConfigError((error as Error).message, { cause: error });
  });
  const requestLog = createRequestLog({ ...platform, keeps: config.requestLog });
  const metrics = createMetrics(requestLog.counts);
  const drain = createDrain(platform.clock.monotonic);
  const app = createApp(platform, {
    config,
    drain,
    firstAccountId,
    log,
    metrics,
    requestLog,
    tls,
  });
  const onFailure = (job: string, error: unknown): void => {
    metrics.jobFailed();
    log.logger.error({ err: error, job }, "a job failed and will be tried again");
  };
  const mailer = createMailer(config.mail, (error) =>
    log.logger.error({ err: error }, "a mail could not be sent"),
  );
  const webhooks = await openWebhooks({
    accounts: () => accountIds(platform),
    allowsPrivate: config.webhookPrivate,
    caFile: config.webhookCaFile,
    onDisabled: (endpoint) => void disabledNotice({ log: log.logger, mailer, platform }, endpoint),
    onFailure,
    outbox,
    // The only process that serves the database, so that it takes back what it had before a crash.
    owner: "server",
    platform,
    serialize: serializeEvent,
  });
  const jobs = createJobs({
    discoverDeliveries: webhooks.discover,
    onFailure,
    onSearchLag: metrics.searchLag,
    platform,
    requestLog: { days: config.requestLogDays, write: requestLog.write },
    webhookLogDays: config.webhookLogDays,
    scopes: () => allScopes(platform),
  });
  const worker = startWorker(jobs, onFailure);
  const close = async (): Promise<void> => {
    outbox.endWaiting();
    await drain.close(app);
    await worker.stop();
    await webhooks.close();
    await requestLog.flush();
    await opened.close();
    log.close();
  };
  await listen(app, config).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    accountId: firstAccountId,
    close,
    createApiKey: (claim) => createApiKey(platform, firstAccountId, claim),
    publishableKey: keys.publishableKey,
    secretKey: keys.secretKey,
    testClockNow: () => platform.clock.business(false),
    url: urlOf(app.server.address() as AddressInfo, config),
  };
}

function createApp(
  platform: Platform,
  about: {
    readonly config: Config;
    readonly drain: Drain;
    readonly firstAccountId: string;
    readonly log: Logging;
    readonly metrics: Metrics;
    readonly requestLog: RequestLog;
    readonly tls: TlsFiles | null;
  },
) {
  const { config, metrics, tls } = about;
  const { logger } = about.log;
  const dispatching: DispatchParts = {
    authenticate: createAuthenticate(platform, about.firstAccountId),
    checkRate: createRateCheck(config.rateLimit, platform.clock.monotonic),
    onFault: (requestId, error) =>
      logger.error({ err: error.details.cause ?? error, requestId }, "a request failed"),
    pages: createRememberedPages(),
    platform,
    requestLogUrl: ({ incoming, requestId }) =>
      config.requestLog === "off"
        ? undefined
        : requestLogUrl(
            { isTls: tls !== null, publicUrl: config.publicUrl },
            incoming.header("host"),
            requestId,
          ),
    resources,
  };
  return createHttpServer({
    dispatch: createDispatch(dispatching),
    drain: about.drain,
    isReady: async () => (await allScopes(platform)).length > 0,
    metrics: () => metrics.text(),
    onAnswered: about.requestLog.add,
    onServed: (request) => {
      metrics.served(request);
      logger.info(request, "request");
    },
    operations,
    refuseUnbuilt: createUnbuiltRefusal(dispatching),
    tls,
  });
}

/** Every account in both of its modes. */
const allScopes = async (platform: Platform): Promise<readonly Scope[]> =>
  (await accountIds(platform)).flatMap((accountId) => [
    { accountId, livemode: false },
    { accountId, livemode: true },
  ]);

async function accountIds({ database }: Platform): Promise<readonly string[]> {
  const found = await database.committed.select(allAccounts, {});
  return found.map(({ account_id }) => account_id);
}

const unusableAddress = new Set(["EACCES", "EADDRNOTAVAIL", "EAI_AGAIN", "EINVAL", "ENOTFOUND"]);

async function listen(app: ReturnType<typeof createHttpServer>, config: Config): Promise<void> {
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EADDRINUSE") {
      throw new ConfigError(
        `Port ${config.port} is taken: stop what uses it, or choose another with --port.`,
        { cause: error },
      );
    }
    if (code !== undefined && unusableAddress.has(code)) {
      throw new ConfigError(
        `iStripe cannot listen on ${config.host}:${config.port}: choose another with --host and --port.`,
        { cause: error },
      );
    }
    throw error;
  }
}

function urlOf(address: AddressInfo, config: Config): string {
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `${config.tls === null ? "http" : "https"}://${host}:${address.port}`;
}
