/**
 * The simulator as one object, whether it answers in this process or behind HTTP: it routes requests to the
 * authorizations, the modifications, the journal and the faults. Whatever a request holds, it gets an answer.
 */
import { conflict, createAuthorizations, type MemoryOptions } from "./authorizations.ts";
import { createFaults, type Fault, readFault } from "./faults.ts";
import { type ModificationKind, readModification } from "./modification-wire.ts";
import { createModifications } from "./modifications.ts";
import { BadRequest, readAuthorizationRequest } from "./wire.ts";

export interface SimulatorRequest {
  readonly method: string;
  readonly path: string;
  /** JSON values; undefined where none were sent, or what was sent was no JSON. */
  readonly body: unknown;
}

export interface SimulatorAnswer {
  readonly status: number;
  /** JSON values; a text of JSON lines for the journal. */
  readonly body: unknown;
  /** Over HTTP: cut the connection instead of answering. In process the 503 stands for it. */
  readonly isDropped?: true;
  /** Over HTTP: answer so much later. In process nothing can wait. */
  readonly delayMs?: number;
}

export interface Simulator {
  /** Never throws for what a request holds. @throws Error when the journal cannot be written. */
  handle(request: SimulatorRequest): SimulatorAnswer;
  inject(fault: Fault): void;
}

const authorizationsPath = "/authorizations";
const faultsPath = "/faults";
const journalPath = "/journal";

const modificationPaths: ReadonlyMap<string, ModificationKind> = new Map([
  ["/captures", "capture"],
  ["/releases", "release"],
  ["/refunds", "refund"],
]);

export function createSimulator(options: MemoryOptions = {}): Simulator {
  const faults = createFaults();
  const authorizations = createAuthorizations(options);
  const modifications = createModifications(authorizations, options);

  /** Does what was asked, as well as the fault that waits for it lets it. */
  const answer = (fault: Fault | undefined, decide: () => SimulatorAnswer): SimulatorAnswer => {
    if (fault === undefined) return decide();
    if (fault.action === "error") return outOfOrder;
    if (fault.action === "drop_before") return dropped;
    const decided = decide();
    return fault.action === "drop_after" ? dropped : { ...decided, delayMs: fault.delayMs };
  };

  const answerAuthorization = (body: unknown): SimulatorAnswer => {
    const request = readAuthorizationRequest(body);
    const fault = faults.take("authorization", request);
    return answer(fault, () => answerOf(authorizations.decide(request)));
  };

  const answerModification = (kind: ModificationKind, body: unknown): SimulatorAnswer => {
    const request = readModification(kind, body);
    const fault = faults.take(kind, request);
    return answer(fault, () => answerOf(modifications.decide(request)));
  };

  const answerFind = (path: string): SimulatorAnswer => {
    const end = path.lastIndexOf("/");
    const reference = path.slice(end + 1);
    const kind = modificationPaths.get(path.slice(0, end));
    if (kind !== undefined) return foundOf(modifications.find(kind, reference));
    return path.startsWith(authorizationsPath) && end === authorizationsPath.length
      ? foundOf(authorizations.find(reference)?.reply)
      : nowhere;
  };

  const answerPost = (path: string, body: unknown): SimulatorAnswer => {
    if (path === authorizationsPath) return answerAuthorization(body);
    const kind = modificationPaths.get(path);
    if (kind !== undefined) return answerModification(kind, body);
    if (path !== faultsPath) return nowhere;
    faults.add(readFault(body));
    return empty;
  };

  const answerDelete = (path: string): SimulatorAnswer => {
    if (path !== faultsPath) return nowhere;
    faults.clear();
    return empty;
  };

  const route = ({ method, path, body }: SimulatorRequest): SimulatorAnswer => {
    if (method === "POST") return answerPost(path, body);
    if (method === "DELETE") return answerDelete(path);
    if (method !== "GET") return nowhere;
    return path === journalPath && options.journal !== undefined
      ? { status: 200, body: options.journal.text() }
      : answerFind(path);
  };

  return {
    handle(request) {
      try {
        return route(request);
      } catch (error) {
        if (error instanceof BadRequest) return failure(400, error.message);
        throw error;
      }
    },
    inject: faults.add,
  };
}

const failure = (status: number, message: string): SimulatorAnswer => ({
  status,
  body: { error: { message } },
});

const empty: SimulatorAnswer = { status: 200, body: {} };
const nowhere = failure(404, "There is nothing here.");
const unheard = failure(404, "Nothing has this reference.");
const contradicted = failure(409, "This reference was used with other terms.");

const answerOf = (body: object | typeof conflict): SimulatorAnswer =>
  body === conflict ? contradicted : { status: 200, body };

const foundOf = (body: object | undefined): SimulatorAnswer =>
  body === undefined ? unheard : { status: 200, body };

const outOfOrder = failure(503, "The simulated processor is out of order.");
const dropped: SimulatorAnswer = { ...outOfOrder, isDropped: true };
