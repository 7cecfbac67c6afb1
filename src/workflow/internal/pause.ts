/**
 * A durable pause, in which the process is not needed.
 */
import * as DurableClock from "@effect/workflow/DurableClock"
import * as Workflow from "@effect/workflow/Workflow"
import { WorkflowEngine, WorkflowInstance } from "@effect/workflow/WorkflowEngine"
import * as Effect from "effect/Effect"
import { isUndefined } from "effect/Predicate"

/**
 * As `DurableClock.sleep`, with three differences. It is never in memory, because a workflow that sleeps in memory cannot be
 * interrupted. Replays do not set the clock again that has rung, which saves a transaction for each pause so far. And the
 * clock is set while an operation of the workflow counts as running: another wait of the same workflow that pauses already
 * would else suspend the workflow before it is set.
 */
export const sleep = (name: string, millis: number): Effect.Effect<void, never, WorkflowEngine | WorkflowInstance> =>
  Effect.gen(function*() {
    const engine = yield* WorkflowEngine
    const instance = yield* WorkflowInstance
    const clock = DurableClock.make({ name, duration: millis })
    const set = engine.scheduleClock(instance.workflow, { executionId: instance.executionId, clock })
    const exit = yield* Workflow.wrapActivityResult(
      engine.deferredResult(clock.deferred).pipe(
        Effect.tap((exit) => isUndefined(exit) ? set : Effect.void),
        // the engine in memory returns at once, before the fibers of other waits have begun
        Effect.zipLeft(Effect.yieldNow())
      ),
      isUndefined
    )
    // the clock may have rung meanwhile, and the engine in memory does not wake a workflow that is not suspended yet
    if (isUndefined(exit) && isUndefined(yield* engine.deferredResult(clock.deferred))) {
      yield* Workflow.suspend(instance)
    }
  })
