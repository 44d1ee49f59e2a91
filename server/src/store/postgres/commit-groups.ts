/**
 * Transactions of many requests as one statement. Each of them is whole in it, and none of them reads, so the statement
 * does what they would do one after the other; when it fails, nothing of it is kept, and each is tried by itself to find
 * out whose fault it was. A group waits for nobody's lock for long: who must wait, waits alone.
 */
import type { Pool } from "pg";
import { codecOf } from "../codec.ts";
import { inFlushOrder, type Write } from "../unit-of-work.ts";
import { createBatches } from "./batches.ts";
import { endsConnection, isLockTimeout } from "./errors.ts";
import { flushStatement } from "./flush-statement.ts";
import { run } from "./queries.ts";

interface Member {
  readonly writes: readonly KeyedWrite[];
  readonly kept: () => void;
  readonly failed: (error: unknown) => void;
}

interface KeyedWrite {
  readonly table: Write["table"];
  readonly keyText: string;
  readonly write: Write;
}

export interface CommitPools {
  /** For what goes alone. */
  readonly single: Pool;
  /** Its connections give up waiting for a lock early. */
  readonly grouped: Pool;
}

const membersMax = 64;
/** A larger transaction gains nothing from company. */
const writesMax = 50;

/** Writes a transaction's rows, which commits them. @throws as the driver does, from queries.ts. */
export type Commit = (writes: readonly Write[]) => Promise<void>;

export function createCommit(pools: CommitPools): Commit {
  const writeAlone = async (writes: readonly Write[]): Promise<void> => {
    const { text, values } = flushStatement(writes);
    await run(pools.single, text, values);
  };
  const add = createBatches<Member>({
    begin: () => {
      const taken = new Set<string>();
      return ({ writes }) => {
        if (writes.some(({ keyText }) => taken.has(keyText))) return false;
        for (const { keyText } of writes) taken.add(keyText);
        return true;
      };
    },
    run: (batch) => writeGroup(pools, batch, writeAlone),
    sizeMax: membersMax,
  });
  return (writes) => {
    if (writes.length > writesMax) return writeAlone(writes);
    return new Promise((kept, failed) => {
      const keyed = writes.map((write) => ({
        keyText: codecOf("postgres", write.table).keyText(write.row),
        table: write.table,
        write,
      }));
      add({ failed, kept, writes: keyed });
    });
  };
}

async function writeGroup(
  { grouped }: CommitPools,
  members: readonly Member[],
  writeAlone: Commit,
): Promise<void> {
  const all = members.flatMap(({ writes }) => writes).sort(inFlushOrder);
  try {
    const { text, values } = flushStatement(
      all.map(({ write }) => write),
      true,
    );
    await run(grouped, text, values);
  } catch (error) {
    // A connection that was lost may have been lost after the commit: trying again could do everything twice.
    const isAnswer = endsConnection(error) || (members.length === 1 && !isLockTimeout(error));
    for (const { writes, kept, failed } of members) {
      if (isAnswer) failed(error);
      // The next group does not wait for these, since any of them may wait for a lock.
      else void writeAlone(writes.map(({ write }) => write)).then(kept, failed);
    }
    return;
  }
  for (const { kept } of members) kept();
}
