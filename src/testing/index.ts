/**
 * A Trigger.dev for tests.
 *
 * @since 0.1.0
 */
export { type SimulatedBatch, type SimulatedRun } from "./batch.js"
export { Fault } from "./Fault.js"
export { type RateLimit } from "./rateLimit.js"
export { type SimulatedKey } from "./state.js"
export {
  type Faults,
  type ReceivedRequest,
  TriggerSimulator,
  type TriggerSimulatorOptions,
  type TriggerSimulatorService
} from "./TriggerSimulator.js"
