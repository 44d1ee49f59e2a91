/**
 * The load generator's program: a process of its own, so that it can be pinned to another core than the server's and
 * its own cost told apart. It takes orders one at a time from the bench that started it, and ends with it.
 */
import type { Connection } from "./connection.ts";
import { openConnections, runLoad } from "./load-run.ts";
import type { LoadResult, Order, Reply } from "./messages.ts";
import type { StoredCharges, Target } from "./requests.ts";

const storedByTarget = new Map<string, StoredCharges>();
let target: Target | undefined;
let connections: Connection[] = [];

process.on("message", (order: Order) => {
  carryOut(order).then(
    (result) => reply({ kind: "done", result }),
    (error: unknown) => reply({ kind: "failed", message: (error as Error).message }),
  );
});
process.on("disconnect", () => process.exit(0));

const reply = (message: Reply): void => {
  process.send?.(message);
};

async function carryOut(order: Order): Promise<LoadResult | null> {
  if (order.kind === "run") {
    if (target === undefined) throw new Error("A run needs a connection first.");
    const onProgress = (answered: number): void => reply({ answered, kind: "progress" });
    return runLoad(connections, order.job, { onProgress, stored: storedOf(target), target });
  }
  for (const connection of connections) connection.close();
  connections = [];
  if (order.kind === "connect") {
    target = order.target;
    connections = await openConnections(order.target, order.connections);
  }
  return null;
}

function storedOf({ name }: Target): StoredCharges {
  const found = storedByTarget.get(name) ?? { amounts: [], customers: [], ids: [] };
  storedByTarget.set(name, found);
  return found;
}
