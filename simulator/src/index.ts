/**
 * The simulator's one door: a stand-in card processor with its own wire, as a pure function, as an object in this
 * process, or behind HTTP. It knows nothing of Stripe or of the server.
 */
export { authorize } from "./authorize.ts";
export type { Fault, FaultAction } from "./faults.ts";
export { type RunningSimulator, startSimulator } from "./server.ts";
export {
  createSimulator,
  type Simulator,
  type SimulatorAnswer,
  type SimulatorRequest,
} from "./simulator.ts";
export { namedTestCards, type TestCard, testCards } from "./test-cards.ts";
export type { AuthorizationRequest, Reply } from "./wire.ts";
