/**
 * The batch of `--demo`: sixty runs of four tasks on a simulated server. Most have finished; the others finish while you
 * watch.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { RunError } from "../RunError.js"
import { type SimulatedRun, TriggerSimulator } from "../testing/index.js"
import { TriggerAuth } from "../TriggerAuth.js"
import { TriggerClient } from "../TriggerClient.js"
import { TriggerConfig } from "../TriggerConfig.js"
import { demoBatchId } from "./options.js"

/** The age of the batch, in milliseconds. */
const age = 36_000

/** How many runs the simulated workers execute at once. */
const workers = 7

/** Pseudo-random numbers from 0 to 1, the same in every demonstration. */
const numbers = function*(): Generator<number, never> {
  for (let seed = 20;;) {
    seed = (seed * 48271) % 2147483647
    yield seed / 2147483647
  }
}

interface Task {
  readonly task: string
  /** The shortest and the longest run, in seconds. */
  readonly seconds: readonly [number, number]
  readonly output: (index: number) => unknown
}

const tasks: ReadonlyArray<Task> = [
  {
    task: "send-invoice",
    seconds: [0.6, 4],
    output: (index) => ({
      number: `2026-${String(index).padStart(4, "0")}`,
      total: 4200n + BigInt(index * 137),
      sentAt: new Date(Date.UTC(2026, 10, 25, 9, index))
    })
  },
  { task: "resize-image", seconds: [3, 11], output: () => ({ sizes: new Set([64, 128, 256]) }) },
  { task: "sync-crm", seconds: [1, 7], output: (index) => `${index * 3} contacts are up to date` },
  { task: "monthly-report", seconds: [12, 30], output: (index) => ({ pages: index + 4, path: `reports/${index}.pdf` }) }
]

const failures: ReadonlyMap<number, Pick<SimulatedRun, "error" | "status">> = new Map<
  number,
  { readonly error?: RunError; readonly status?: "CANCELED" | "TIMED_OUT" | "CRASHED" }
>([
  [4, { error: typeError("invoice.ts:31:14") }],
  [6, { error: crmError(48213) }],
  [12, { error: typeError("invoice.ts:31:14") }],
  [18, { error: crmError(50177) }],
  [21, { status: "CRASHED", error: { type: "INTERNAL_ERROR", code: "TASK_PROCESS_OOM_KILLED" } }],
  [26, { error: crmError(50993) }],
  [32, { error: { type: "STRING_ERROR", raw: "card declined" } }],
  [35, { status: "TIMED_OUT" }],
  [38, { error: crmError(51002) }],
  [41, { status: "CANCELED" }],
  [52, { error: typeError("invoice.ts:31:14") }]
])

function typeError(place: string): RunError {
  const message = "Cannot read properties of undefined (reading 'total')"
  return {
    type: "BUILT_IN_ERROR",
    name: "TypeError",
    message,
    stackTrace: `TypeError: ${message}\n    at sumOf (file:///app/src/trigger/${place})\n` +
      "    at run (file:///app/src/trigger/invoice.ts:12:9)"
  }
}

function crmError(account: number): RunError {
  const message = `The CRM answered 503 for account ${account}`
  return {
    type: "BUILT_IN_ERROR",
    name: "CrmError",
    message,
    stackTrace: `CrmError: ${message}\n    at push (file:///app/src/trigger/crm.ts:58:11)`
  }
}

/** Each run starts when one of the workers is free. */
const runs = (): ReadonlyArray<SimulatedRun> => {
  const random = numbers()
  const freeAt = Array.from({ length: workers }, () => 800)
  return Array.from({ length: 60 }, (_, index): SimulatedRun => {
    const { output, seconds: [shortest, longest], task } =
      tasks[index % 17 === 3 ? 3 : index % 2 === 0 ? index % 4 : 1] ??
        { task: "ping", seconds: [1, 1], output: () => undefined }
    const startsAfter = Math.min(...freeAt)
    const finishesAfter = startsAfter + 1000 * (shortest + (longest - shortest) * random.next().value ** 2)
    freeAt[freeAt.indexOf(startsAfter)] = finishesAfter + 300
    return {
      id: `run_demo${String(index + 1).padStart(3, "0")}`,
      task,
      finishesAfter,
      unfinishedStatus: "QUEUED",
      changes: [{ after: startsAfter, status: "EXECUTING" }],
      tags: [`customer-${index % 9}`],
      ...failures.get(index) ?? { output: output(index) }
    }
  })
}

/** The simulator creates batches at the current time, so the batch is created on a clock that is behind. */
const inThePast = (clock: Clock.Clock): Clock.Clock => ({
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now - age),
  currentTimeNanos: clock.currentTimeNanos,
  unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() - age,
  unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
  sleep: (duration) => clock.sleep(duration)
})

const batch: Layer.Layer<never, never, TriggerSimulator> = Layer.effectDiscard(Effect.gen(function*() {
  const simulator = yield* TriggerSimulator
  const clock = inThePast(yield* Clock.clockWith(Effect.succeed))
  yield* Effect.withClock(simulator.createBatch({ id: demoBatchId, runs: runs() }), clock)
}))

export const layer = (
  observed: Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient>
): Layer.Layer<TriggerClient> =>
  TriggerClient.layer.pipe(
    Layer.provide(TriggerConfig.layer({ apiUrl: "http://trigger.simulator" })),
    Layer.provide(TriggerAuth.layer(Redacted.make(TriggerSimulator.defaultKey))),
    Layer.provide(observed),
    Layer.provide(TriggerSimulator.layerHttpClient),
    Layer.provide(batch),
    Layer.provide(TriggerSimulator.layer({ rateLimit: "off" }))
  )
