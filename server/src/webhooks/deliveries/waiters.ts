/**
 * Who waits for something to be told to an endpoint: the long questions of listeners. Nobody waits beyond his time, or
 * beyond the end of the server.
 */

export interface Waiters {
  /** Resolves when something was told to the endpoint, or when the time or the server ends: then with false. */
  wait(endpointId: string, timeoutMs: number): Promise<boolean>;
  tell(endpointId: string): void;
  end(): void;
  readonly ended: Promise<void>;
}

export function createWaiters(): Waiters {
  const waiting = new Map<string, Set<(isTold: boolean) => void>>();
  let isEnded = false;
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const release = (endpointId: string, isTold: boolean): void => {
    for (const resume of waiting.get(endpointId) ?? []) resume(isTold);
    waiting.delete(endpointId);
  };
  return {
    end: () => {
      isEnded = true;
      end();
      for (const endpointId of [...waiting.keys()]) release(endpointId, false);
    },
    ended,
    tell: (endpointId) => release(endpointId, true),
    wait: (endpointId, timeoutMs) =>
      new Promise((resolve) => {
        if (isEnded) return resolve(false);
        const mine = waiting.get(endpointId) ?? new Set();
        waiting.set(endpointId, mine);
        const timer = setTimeout(() => resume(false), timeoutMs);
        const resume = (isTold: boolean): void => {
          clearTimeout(timer);
          mine.delete(resume);
          resolve(isTold);
        };
        mine.add(resume);
      }),
  };
}
