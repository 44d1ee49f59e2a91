/**
 * The simulator as one object, whether it answers in this process or behind HTTP: it routes requests to the
 * authorizations, the journal and the faults. Whatever a request holds, it gets an answer.
 */
import { type AuthorizationsOptions, conflict, createAuthorizations } from "./authorizations.ts";
import { createFaults, type Fault, readFault } from "./faults.ts";
import { type AuthorizationRequest, BadRequest, readAuthorizationRequest } from "./wire.ts";

export interface SimulatorRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface SimulatorAnswer {
  readonly status: number;
  /** JSON; JSON lines for the journal. */
  readonly body: string;
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

export function createSimulator(options: AuthorizationsOptions = {}): Simulator {
  const faults = createFaults();
  const authorizations = createAuthorizations(options);

  const decide = (request: AuthorizationRequest): SimulatorAnswer => {
    const body = authorizations.decide(request);
    return body === conflict
      ? failure(409, "This reference was used with another amount, currency, capture or card.")
      : { status: 200, body };
  };

  const answerAuthorization = (text: string): SimulatorAnswer => {
    const request = readAuthorizationRequest(text);
    const fault = faults.take(request);
    if (fault === undefined) return decide(request);
    if (fault.action === "error") return outOfOrder;
    if (fault.action === "drop_before") return dropped;
    const answer = decide(request);
    return fault.action === "drop_after" ? dropped : { ...answer, delayMs: fault.delayMs };
  };

  const answerFind = (reference: string): SimulatorAnswer => {
    const body = authorizations.find(reference);
    return body === undefined
      ? failure(404, "No authorization has this reference.")
      : { status: 200, body };
  };

  const answerFaults = (method: string, body: string): SimulatorAnswer => {
    if (method === "POST") faults.add(readFault(body));
    else faults.clear();
    return { status: 200, body: "{}" };
  };

  const route = ({ method, path, body }: SimulatorRequest): SimulatorAnswer => {
    if (method === "POST" && path === authorizationsPath) return answerAuthorization(body);
    if (method === "GET" && path.startsWith(`${authorizationsPath}/`)) {
      return answerFind(path.slice(authorizationsPath.length + 1));
    }
    if (path === "/faults" && (method === "POST" || method === "DELETE")) {
      return answerFaults(method, body);
    }
    if (path === "/journal" && method === "GET" && options.journal !== undefined) {
      return { status: 200, body: options.journal.text() };
    }
    return failure(404, "There is nothing here.");
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
  body: JSON.stringify({ error: { message } }),
});

const outOfOrder = failure(503, "The simulated processor is out of order.");
const dropped: SimulatorAnswer = { ...outOfOrder, isDropped: true };
