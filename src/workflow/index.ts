/**
 * Waits for a batch in a workflow of `@effect/workflow`, so that the waiting survives the process.
 *
 * @since 0.1.0
 */
export * as TriggerWorkflow from "./TriggerWorkflow.js"
