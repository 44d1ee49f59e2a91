/**
 * A thread that moves synced pages from the write-ahead log into the database file. It has a connection of its own and
 * only ever checkpoints passively, so it never makes the writer or a reader wait; SQLite syncs the log before it copies.
 * JavaScript, because for TypeScript the thread would load Node's transpiler, 20 MB, for this file alone.
 */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

parentPort?.on("message", () => parentPort?.postMessage(checkpoint(String(workerData))));

/**
 * Opens the file each time: an idle connection would hold memory, and outlive a reopening of the log.
 *
 * @param {string} file
 * @returns {import("./checkpoints.ts").CheckpointReply}
 */
function checkpoint(file) {
  try {
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      database.exec("pragma synchronous = normal");
      const row = database.prepare("pragma wal_checkpoint(passive)").get();
      return { frameCount: Number(row?.log ?? 0) };
    } finally {
      database.close();
    }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
