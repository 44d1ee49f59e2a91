/**
 * Stopping without losing an answer: requests under way are finished and told to close their connection, connections
 * that wait or dawdle are cut after a moment, and after the longest time a request may take everything is.
 */
import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance } from "fastify";

export interface Drain {
  /** Counts an answer as under way until it is out or its connection is gone. */
  follow(response: ServerResponse): void;
  /** Whether answers should tell their callers to close the connection. */
  readonly isClosing: boolean;
  /** Stops listening and resolves when no connection is left. */
  close(app: FastifyInstance): Promise<void>;
}

/** For a caller who is still sending, or only holds a connection open. */
const dawdlersMs = 1_000;
/** Longer than a processor may take to answer. */
const deadlineMs = 15_000;
const lookEveryMs = 25;

export function createDrain(monotonicNow: () => number): Drain {
  let underWay = 0;
  const state = { isClosing: false };
  const cut = async (app: FastifyInstance, isClosed: () => boolean): Promise<void> => {
    const startedMs = monotonicNow();
    while (!isClosed()) {
      const waitedMs = monotonicNow() - startedMs;
      app.server.closeIdleConnections();
      if (waitedMs > deadlineMs || (waitedMs > dawdlersMs && underWay === 0)) {
        app.server.closeAllConnections();
      }
      await pause(lookEveryMs);
    }
  };
  return {
    close: async (app) => {
      state.isClosing = true;
      let isClosed = false;
      const closed = app.close().finally(() => {
        isClosed = true;
      });
      await cut(app, () => isClosed);
      await closed;
    },
    follow: (response) => {
      underWay += 1;
      response.once("close", () => {
        underWay -= 1;
      });
    },
    get isClosing() {
      return state.isClosing;
    },
  };
}
