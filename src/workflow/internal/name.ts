/**
 * The name under which the engine stores the pages and pauses of a wait.
 */
import * as Activity from "@effect/workflow/Activity"
import { WorkflowInstance } from "@effect/workflow/WorkflowEngine"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { BatchId } from "../../BatchId.js"
import type { Settings } from "./read.js"

/** How many waits of each name a run of a workflow's body has begun. Each replay is another run, with an instance of its own. */
const begun = new WeakMap<WorkflowInstance["Type"], Map<string, number>>()

/** Counts from 1. The body must begin its waits for one batch in the same order at each replay: docs/workflow.md says so. */
const countOf = (name: string): Effect.Effect<number, never, WorkflowInstance> =>
  Effect.map(WorkflowInstance, (instance) => {
    const counts = begun.get(instance) ?? new Map<string, number>()
    const count = (counts.get(name) ?? 0) + 1
    begun.set(instance, counts.set(name, count))
    return count
  })

/** The id for names and spans. Instead of a batch id the program may give anything, even a key. */
export const shownId = (batchId: string): string => Schema.is(BatchId)(batchId) ? batchId : "invalid"

/**
 * Each wait has a name of its own, also among waits for the same batch. A retry of the user's (`Activity.retry`) starts over,
 * and so does a wait that keeps other things in its pages.
 */
export const nameOf = <R>({ batchId, take }: Settings<R>): Effect.Effect<string, never, WorkflowInstance> =>
  Effect.gen(function*() {
    const attempt = yield* Activity.CurrentAttempt
    const name = [
      "effect-trigger-dev/awaitBatch",
      shownId(batchId),
      ...(take === undefined ? [] : ["taken"]),
      ...(attempt === 1 ? [] : [`attempt-${attempt}`])
    ].join("/")
    const count = yield* countOf(name)
    return count === 1 ? name : `${name}/wait-${count}`
  })
