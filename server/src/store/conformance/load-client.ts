/**
 * A program that commits transactions as fast as it is answered and tells each answer on its standard output, one line
 * each: `ack <id>` or `fail <id>`. The tests kill it, trace its system calls, and make those fail.
 */
import { StorageError } from "../database.ts";
import { openAt } from "./engines.ts";
import { account, counterRow, counters, entries, entryRow, key } from "./tables.ts";

const [location = "", clientCount = "1", transactionCount = "1", run = "run"] =
  process.argv.slice(2);

const database = await openAt(location);
const total = Number(transactionCount);
let started = 0;

/** One transaction writes three rows that only make sense together. */
async function commit(client: number, id: string): Promise<void> {
  await database.transact(async (tx) => {
    const counterId = `client ${client}`;
    const counter = await tx.get(counters, key(counterId));
    if (counter === undefined) tx.insert(counters, counterRow(counterId, 1));
    else tx.update(counters, counter, { amount: counter.amount + 1 });
    for (const side of ["debit", "credit"]) {
      tx.insert(
        entries,
        entryRow(`${id} ${side}`, { account_id: account, owner: counterId, position: started }),
      );
    }
  });
}

async function work(client: number): Promise<void> {
  while (started < total) {
    const id = `${run}-${client}-${started++}`;
    try {
      await commit(client, id);
      process.stdout.write(`ack ${id}\n`);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      process.stdout.write(`fail ${id} ${error.message}\n`);
    }
  }
}

process.stdout.write("ready\n");
await Promise.all(Array.from({ length: Number(clientCount) }, (_, client) => work(client)));
await database.close();
