/**
 * The table of every command there is: what help lists, what completions know and what can be run.
 */
import { completionCommand } from "./completion/completion.ts";
import { configListCommand, configSetCommand, configUnsetCommand } from "./config/config.ts";
import { eventsListCommand, eventsResendCommand, eventsRetrieveCommand } from "./events/events.ts";
import { keysCreateCommand, keysListCommand, keysRollCommand } from "./keys/keys.ts";
import { ledgerVerifyCommand } from "./ledger/ledger.ts";
import type { Command } from "./line/command.ts";
import { listenCommand } from "./listen/listen.ts";
import { logsTailCommand } from "./logs/tail.ts";
import { deleteCommand, getCommand, postCommand } from "./requests/requests.ts";
import { serveCommand, workerCommand } from "./serve.ts";
import { triggerCommand } from "./trigger/trigger.ts";
import {
  webhooksAttemptsCommand,
  webhooksDeliveriesCommand,
  webhooksReplayCommand,
} from "./webhooks/deliveries.ts";
import {
  webhooksCreateCommand,
  webhooksDeleteCommand,
  webhooksListCommand,
  webhooksRollSecretCommand,
} from "./webhooks/endpoints.ts";
import { webhooksVerifyCommand } from "./webhooks/verify.ts";

const commandsToComplete: readonly Command[] = [
  serveCommand,
  workerCommand,
  listenCommand,
  triggerCommand,
  getCommand,
  postCommand,
  deleteCommand,
  eventsListCommand,
  eventsRetrieveCommand,
  eventsResendCommand,
  webhooksListCommand,
  webhooksCreateCommand,
  webhooksDeleteCommand,
  webhooksRollSecretCommand,
  webhooksDeliveriesCommand,
  webhooksAttemptsCommand,
  webhooksReplayCommand,
  webhooksVerifyCommand,
  logsTailCommand,
  keysListCommand,
  keysCreateCommand,
  keysRollCommand,
  ledgerVerifyCommand,
  configSetCommand,
  configListCommand,
  configUnsetCommand,
];

export const commands: readonly Command[] = [
  ...commandsToComplete,
  completionCommand(commandsToComplete),
];
