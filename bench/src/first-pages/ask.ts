/**
 * Asks for first pages, one at a time, and says how long each took: the first time, and then the median and the slow
 * end of the turns that follow. The time is the caller's, on a connection that is open, so it is the server's and a
 * round trip on loopback.
 */
import { type Connection, openConnection } from "../load/connection.ts";
import { type FineCpu, fineCpuBetween, fineCpuOf, sum } from "../measure/process-tree.ts";
import { type FirstPage, median } from "../results.ts";
import type { Server } from "../servers/server.ts";
import { type Known, readKnown } from "./known.ts";
import { type Question, questions } from "./questions.ts";

/** What a first page may take in a store of a million charges. */
export const firstPageGoalMs = 20;
const warmTurns = 20;

/** @throws Error when an answer is not a 200, or does not hold what it must. */
export async function askFirstPages(
  server: Server,
  say: (progress: string) => void,
): Promise<FirstPage[]> {
  const known = await readKnown(server.target);
  const connection = await openConnection(server.target.port);
  const found: FirstPage[] = [];
  try {
    for (const question of questions) {
      const page = await askQuestion(connection, { known, question, server });
      found.push(page);
      const { cold_ms, median_ms, p95_ms } = page;
      say(`${question.name}: ${shown(cold_ms)} cold, ${shown(median_ms)}, ${shown(p95_ms)} ms`);
    }
  } finally {
    connection.close();
  }
  return found;
}

const shown = (ms: number): string => ms.toFixed(1);

async function askQuestion(
  connection: Connection,
  about: { readonly known: Known; readonly question: Question; readonly server: Server },
): Promise<FirstPage> {
  const { question, server } = about;
  const cold = await timed(connection, about, 0);
  const warm: number[] = [];
  const before = fineCpu(server);
  for (let turn = 1; turn <= warmTurns; turn += 1) warm.push(await timed(connection, about, turn));
  const after = fineCpu(server);
  const spent = sum(fineCpuBetween(before[0], after[0]), fineCpuBetween(before[1], after[1]));
  warm.sort((a, b) => a - b);
  const p95 = warm[Math.ceil(warm.length * 0.95) - 1] ?? 0;
  return {
    cold_ms: cold,
    cpu_ms: spent === null ? null : (spent / warmTurns) * 1000,
    database: server.database,
    is_met: p95 <= firstPageGoalMs,
    median_ms: median(warm),
    p95_ms: p95,
    question: question.name,
    stored: server.fill ?? 0,
  };
}

/** Of the server, and of its database where that has processes of its own. */
const fineCpu = ({ databaseProcessId, processId }: Server): readonly [Fine, Fine] => [
  fineCpuOf(processId),
  databaseProcessId === null ? new Map() : fineCpuOf(databaseProcessId),
];
type Fine = FineCpu | null;

async function timed(
  connection: Connection,
  about: { readonly known: Known; readonly question: Question; readonly server: Server },
  turn: number,
): Promise<number> {
  const { known, question, server } = about;
  const path = question.path(known, turn);
  const text = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${server.target.secretKey}\r\n\r\n`;
  const startedMs = performance.now();
  const { body, status } = await connection.ask(text, true);
  const tookMs = performance.now() - startedMs;
  const answer = JSON.parse(body?.toString("utf8") ?? "{}") as { readonly data?: unknown[] };
  if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(answer)}`);
  if ((answer.data?.length ?? 0) > 0 !== question.finds)
    throw new Error(`${path} found ${answer.data?.length} and should find ${question.finds}.`);
  return tookMs;
}
