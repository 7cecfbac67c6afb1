/**
 * A Trigger.dev for tests.
 *
 * @since 0.1.0
 */
export { Fault } from "./Fault.js"
export { type SimulatedRateLimit } from "./internal/rateLimit.js"
export { type SimulatedRealtime } from "./internal/realtime/options.js"
export { type ReusedRun, type RunChange, type SimulatedBatch, type SimulatedRun } from "./internal/simulatedBatch.js"
export { type SimulatedKey, type SimulatedRoute } from "./internal/state.js"
export {
  type CreatedBatch,
  type Faults,
  type ReceivedRequest,
  TriggerSimulator,
  type TriggerSimulatorOptions,
  type TriggerSimulatorService
} from "./TriggerSimulator.js"
