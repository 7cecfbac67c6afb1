/**
 * The calls that are mixed, each with what must come of it, to the letter.
 */
import { Effect, Either, FiberRef, Option, Random, Schema } from "effect"
import {
  awaitBatchResults,
  collectBatchResults,
  downloadOutput,
  getBatchResults,
  retrieveRun,
  RunOutput,
  type RunResult,
  type TriggerClient
} from "effect-trigger-dev"
import { failure, ids, invoice, invoiceText, large, largeText, notStarted, plainInvoice, settings } from "./world.js"

/** Counts the requests of a call. */
export const Requests = FiberRef.unsafeMake({ sent: 0 })

/** What an interrupted call gives. */
export const interrupted = Symbol("interrupted")

export interface Call {
  readonly name: string
  /** Made with a key that the server does not know. */
  readonly isStranger?: boolean
  readonly make: (fiber: number) => Effect.Effect<unknown, unknown, TriggerClient>
  readonly expected: (fiber: number) => unknown
}

const Large = Schema.Struct({ text: Schema.String })

const Invoice = Schema.Struct({ number: Schema.String, total: Schema.BigInt, sentAt: Schema.Date })

const decode = RunOutput.decodeByTask({
  invoice: Invoice,
  greet: Schema.String,
  ping: Schema.Undefined,
  large: Large
})

/** Each run's output, or its error, under the name of the run. */
const outputs = (results: ReadonlyArray<RunResult>) =>
  Effect.map(
    Effect.forEach(results, (result) =>
      Effect.map(Effect.either(decode(result)), (output) => [
        result.id,
        Either.isRight(output)
          ? output.right.value
          : output.left._tag === "RunFailed"
          ? output.left.error
          : `${output.left._tag}: ${output.left.message}`
      ]), { concurrency: 4 }),
    (entries) => Object.fromEntries(entries)
  )

const cancelled = { type: "INTERNAL_ERROR", code: "TASK_RUN_CANCELLED" } as const

const expectedOutputs = (batch: string, fiber: number) => ({
  [ids.run(batch, "invoice")]: invoice(fiber),
  [ids.run(batch, "greet")]: `Hello, ${fiber}`,
  [ids.run(batch, "ping")]: undefined,
  [ids.run(batch, "broken")]: failure(fiber),
  [ids.run(batch, "large")]: large(fiber)
})

/** Those fields of an error that are the same each time. */
const errorOf = <A, R>(call: Effect.Effect<A, { readonly _tag: string }, R>, ...fields: ReadonlyArray<string>) =>
  Effect.map(Effect.flip(call), (error) => [error._tag, ...fields.map((field): unknown => Reflect.get(error, field))])

/** And how many requests it took. */
const requestsOf = <E, R>(call: Effect.Effect<ReadonlyArray<unknown>, E, R>) =>
  Effect.zipWith(call, FiberRef.get(Requests), (outcome, { sent }) => [...outcome, sent])

const maxAttempts = settings.maxRetries + 1

/** Interrupts a call at some moment, unless it is ready before. */
const cut = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.flatMap(
    Random.nextIntBetween(0, 80),
    (moment) => Effect.map(Effect.timeoutOption(call, moment), Option.getOrElse(() => interrupted))
  )

const storedResult = (fiber: number) => ({
  ok: true as const,
  id: ids.run(ids.old(fiber), "large"),
  taskIdentifier: "large",
  output: `${ids.run(ids.old(fiber), "large")}/attempt_1/output.json`,
  outputType: "application/store"
})

const oldItems = (fiber: number): ReadonlyArray<RunResult> => {
  const id = (task: string) => ids.run(ids.old(fiber), task)
  return [
    storedResult(fiber),
    { ok: false, id: id("cancelled"), taskIdentifier: "invoice", error: cancelled },
    { ok: false, id: id("broken"), taskIdentifier: "invoice", error: failure(fiber) },
    { ok: true, id: id("ping"), taskIdentifier: "ping", outputType: "application/json" },
    { ok: true, id: id("greet"), taskIdentifier: "greet", output: `Hello, ${fiber}`, outputType: "text/plain" },
    {
      ok: true,
      id: id("invoice"),
      taskIdentifier: "invoice",
      output: invoiceText(fiber),
      outputType: "application/super+json"
    }
  ]
}

export const calls: ReadonlyArray<Call> = [
  {
    name: "getBatchResults",
    make: (fiber) => getBatchResults(ids.old(fiber)),
    expected: (fiber) => ({ id: ids.old(fiber), items: oldItems(fiber) })
  },
  {
    name: "getBatchResults, outputs decoded",
    make: (fiber) => Effect.flatMap(getBatchResults(ids.old(fiber)), ({ items }) => outputs(items)),
    expected: (fiber) => ({
      ...expectedOutputs(ids.old(fiber), fiber),
      [ids.run(ids.old(fiber), "cancelled")]: cancelled
    })
  },
  {
    name: "retrieveRun",
    make: (fiber) =>
      Effect.map(
        retrieveRun(ids.run(ids.new(fiber), "invoice")),
        ({ batchId, id, output, status }) => ({ batchId, id, output, status })
      ),
    expected: (fiber) => ({
      batchId: ids.new(fiber),
      id: ids.run(ids.new(fiber), "invoice"),
      output: plainInvoice(fiber),
      status: "COMPLETED"
    })
  },
  {
    name: "collectBatchResults, outputs decoded",
    make: (fiber) =>
      Effect.gen(function*() {
        const { complete, failedToStart, pending, results } = yield* collectBatchResults(ids.new(fiber))
        const order = results.map(({ id }) => id)
        return { complete, failedToStart, pending, order, outputs: yield* outputs(results) }
      }),
    expected: (fiber) => {
      const id = (task: string) => ids.run(ids.new(fiber), task)
      return {
        complete: false,
        failedToStart: [notStarted],
        pending: [id("endless")],
        order: ["invoice", "greet", "ping", "broken", "cancelled", "large", "expired"].map(id),
        outputs: {
          ...expectedOutputs(ids.new(fiber), fiber),
          [id("cancelled")]: { ...cancelled, message: "Canceled by user" },
          [id("expired")]: { type: "INTERNAL_ERROR", message: "Run expired because the TTL (10m) was reached" }
        }
      }
    }
  },
  {
    name: "downloadOutput",
    make: (fiber) => downloadOutput(storedResult(fiber)),
    expected: (fiber) => ({ text: largeText(fiber), contentType: "application/json" })
  },
  {
    name: "getBatchResults, interrupted",
    make: (fiber) => cut(Effect.map(getBatchResults(ids.cut(fiber)), ({ items }) => items)),
    expected: () => []
  },
  {
    name: "collectBatchResults and downloads, interrupted",
    make: (fiber) => cut(Effect.flatMap(collectBatchResults(ids.cut(fiber)), ({ results }) => outputs(results))),
    expected: (fiber) => ({
      ...expectedOutputs(ids.cut(fiber), fiber),
      [ids.run(ids.cut(fiber), "cancelled")]: { ...cancelled, message: "Canceled by user" }
    })
  },
  {
    name: "awaitBatchResults, interrupted",
    make: (fiber) => cut(awaitBatchResults(ids.cut(fiber))),
    // one of its runs never finishes
    expected: () => interrupted
  },
  {
    name: "a batch that does not exist",
    make: (fiber) => errorOf(getBatchResults(ids.unknownBatch(fiber)), "batchId"),
    expected: (fiber) => ["BatchNotFound", ids.unknownBatch(fiber)]
  },
  {
    name: "a run that does not exist",
    make: (fiber) => requestsOf(errorOf(retrieveRun(ids.unknownRun(fiber)), "runId")),
    expected: (fiber) => ["RunNotFound", ids.unknownRun(fiber), maxAttempts]
  },
  {
    name: "a key that is not valid",
    isStranger: true,
    make: (fiber) => errorOf(getBatchResults(ids.old(fiber))),
    expected: () => ["Unauthorized"]
  },
  {
    name: "an id that is not one",
    make: (fiber) => requestsOf(errorOf(getBatchResults(`../${fiber}`))),
    expected: () => ["InvalidBatchId", 0]
  },
  {
    name: "a server that is broken",
    make: (fiber) => requestsOf(errorOf(getBatchResults(ids.broken(fiber)), "status", "detail")),
    expected: () => ["ServerError", 500, "Internal Server Error", maxAttempts]
  },
  {
    name: "a server that drops every connection",
    make: (fiber) => requestsOf(errorOf(getBatchResults(ids.dropped(fiber)), "reason")),
    expected: () => ["TransportError", "Reset", maxAttempts]
  },
  {
    name: "a body that is not JSON",
    make: (fiber) => requestsOf(errorOf(getBatchResults(ids.garbled(fiber)), "path")),
    expected: () => ["InvalidResponse", "", 1]
  }
]
