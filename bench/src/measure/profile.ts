/**
 * Where a server's time goes: the functions that take most of it themselves, for each operation, read through Node's
 * inspector while the load runs.
 */
import type { LoadGenerator } from "../load/client.ts";
import type { Run } from "../open-run.ts";
import type { Server } from "../servers/server.ts";

const profiledSeconds = 3;
const shownFunctions = 28;
const requestTimeoutMs = 30_000;

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
  };
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
}

/** Profiles each operation on a server that was started with its inspector, and says what it found. */
export async function profileOperations(
  { plan, say }: Run,
  generator: LoadGenerator,
  server: Server,
): Promise<void> {
  if (server.inspectorUrl === null) throw new Error("The server was started without inspector.");
  const inspector = await openInspector(server.inspectorUrl);
  await inspector.call("Profiler.enable");
  for (const operation of plan.operations) {
    await generator.connect(server.target);
    await inspector.call("Profiler.start");
    await generator.run({ operation, until: { seconds: profiledSeconds } });
    const { profile } = (await inspector.call("Profiler.stop")) as { profile: Profile };
    const lines = selfShares(profile).map(
      ({ name, share }) => `${(share * 100).toFixed(1)}% ${name}`,
    );
    say(`profile of ${operation} on ${server.database}:\n  ${lines.join("\n  ")}`);
  }
  inspector.close();
}

/** Shares of the time that the process was not idle, largest first. */
function selfShares({ nodes, samples }: Profile): { name: string; share: number }[] {
  const names = new Map(nodes.map((node) => [node.id, nameOf(node)]));
  const counts = new Map<string, number>();
  for (const id of samples) {
    const name = names.get(id) ?? "?";
    if (name !== "(idle)") counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts]
    .map(([name, count]) => ({ name, share: count / total }))
    .sort((a, b) => b.share - a.share)
    .slice(0, shownFunctions);
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  if (url === "") return functionName;
  const file = url.split("/").slice(-4).join("/");
  return `${functionName === "" ? "(anonymous)" : functionName} ${file}:${lineNumber + 1}`;
}

interface Inspector {
  call(method: string): Promise<unknown>;
  close(): void;
}

async function openInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error("No inspector answers.")), {
      once: true,
    });
  });
  let lastId = 0;
  return {
    call: (method) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        const id = lastId;
        const timer = setTimeout(
          () => reject(new Error(`The inspector did not answer ${method}.`)),
          requestTimeoutMs,
        );
        const listen = ({ data }: MessageEvent): void => {
          const message = JSON.parse(String(data)) as { id?: number; result?: unknown };
          if (message.id !== id) return;
          clearTimeout(timer);
          socket.removeEventListener("message", listen);
          resolve(message.result);
        };
        socket.addEventListener("message", listen);
        socket.send(JSON.stringify({ id, method }));
      }),
    close: () => socket.close(),
  };
}
