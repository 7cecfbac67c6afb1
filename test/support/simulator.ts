/**
 * Runs effects on the simulator, and counts what it was asked.
 */
import { Effect, Fiber, TestClock } from "effect"
import type { TriggerConfigOptions } from "effect-trigger-dev"
import { TriggerSimulator, type TriggerSimulatorOptions } from "effect-trigger-dev/testing"

/** The routes that were asked, with their number. */
export const routes = Effect.map(Effect.flatMap(TriggerSimulator, ({ requests }) => requests), (requests) => {
  const counts: Record<string, number> = {}
  for (const { live, path } of requests) {
    const route = path.startsWith("/realtime/")
      ? live ? "held" : "snapshot"
      : path.startsWith("/api/v2/")
      ? "batch"
      : path.startsWith("/api/v3/")
      ? "run"
      : "results"
    counts[route] = (counts[route] ?? 0) + 1
  }
  return counts
})

export const onSimulator = (options?: TriggerSimulatorOptions, config?: TriggerConfigOptions) =>
  Effect.provide(TriggerSimulator.layerClient(options, config))

export const ids = (results: ReadonlyArray<{ readonly id: string }>) => results.map(({ id }) => id)

/** Runs an effect while the clock goes on. */
export const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("3 hours")
    return yield* Fiber.join(fiber)
  })
