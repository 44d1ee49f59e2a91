/**
 * The simulator's one door: a stand-in card processor with its own wire, as a pure function, as an object in this
 * process, or behind HTTP. It knows nothing of Stripe or of the server.
 */
export { authorize } from "./authorize.ts";
export type { CardRefusal, CardResult, Expected, TestCard } from "./cards/card.ts";
export { type TokenRefusal, tokenRefusals } from "./cards/token-refusals.ts";
export type { Fault, FaultAction } from "./faults.ts";
export { type Journal, openJournal } from "./journal.ts";
export type { ModificationReply } from "./modification-wire.ts";
export { type RunningSimulator, startSimulator } from "./server.ts";
export {
  createSimulator,
  type Simulator,
  type SimulatorAnswer,
  type SimulatorRequest,
} from "./simulator.ts";
export { testCardTable } from "./test-card-table.ts";
export { namedTestCards, testCards } from "./test-cards.ts";
export type { AuthorizationRequest, Reply } from "./wire.ts";
