/**
 * What the simulator holds while it is soaked: the same few batches for each fiber, with values that name the fiber, so
 * that a response that went to the wrong call is seen.
 */
import type { SimulatedBatch, SimulatedRun } from "effect-trigger-dev/testing"

/** How the time-out and the retries of the soaked client are set. */
export const settings = {
  /** Milliseconds. */
  requestTimeout: 5_000,
  maxRetries: 4,
  /** Milliseconds before the first retry. */
  base: 20,
  /** As by default: most fibers that read in bulk wait for their turn. */
  concurrency: 16
} as const

/** Ids for which the server has one and the same fault for ever, or none. */
export const ids = {
  old: (fiber: number) => `batch_old${fiber}`,
  new: (fiber: number) => `batch_new${fiber}`,
  /** Its calls are interrupted. */
  cut: (fiber: number) => `batch_cut${fiber}`,
  unknownBatch: (fiber: number) => `batch_unknown${fiber}`,
  unknownRun: (fiber: number) => `run_unknown${fiber}`,
  broken: (fiber: number) => `batch_always500x${fiber}`,
  dropped: (fiber: number) => `batch_alwaysreset${fiber}`,
  garbled: (fiber: number) => `batch_alwaysgarbage${fiber}`,
  run: (batch: string, task: string) => `${batch.replace("batch", "run")}_${task}`
} as const

export const invoice = (fiber: number) => ({
  number: `2026-${fiber}`,
  total: BigInt(fiber) * 10n ** 18n,
  sentAt: new Date(fiber * 1_000)
})

/** The same, as JSON has it. */
export const plainInvoice = (fiber: number) => ({
  number: `2026-${fiber}`,
  total: String(BigInt(fiber) * 10n ** 18n),
  sentAt: new Date(fiber * 1_000).toISOString()
})

export const invoiceText = (fiber: number): string =>
  JSON.stringify({ json: plainInvoice(fiber), meta: { values: { total: ["bigint"], sentAt: ["Date"] } } })

/** Over the 128 KiB from which on an output is offloaded. */
export const large = (fiber: number) => ({ text: `${fiber}…`.padStart(8, "0").repeat(16_384) })

export const largeText = (fiber: number): string => JSON.stringify(large(fiber))

export const failure = (fiber: number) => ({ type: "STRING_ERROR", raw: `no such file: ${fiber}` } as const)

export const notStarted = { index: 9, taskIdentifier: "invoice", error: "the payload is too large" } as const

const finished = (batch: string, fiber: number): ReadonlyArray<SimulatedRun> => {
  const id = (task: string) => ids.run(batch, task)
  return [
    {
      id: id("invoice"),
      task: "invoice",
      stored: { output: invoiceText(fiber), outputType: "application/super+json" }
    },
    { id: id("greet"), task: "greet", output: `Hello, ${fiber}` },
    { id: id("ping"), task: "ping" },
    { id: id("broken"), task: "invoice", error: failure(fiber) },
    { id: id("cancelled"), task: "invoice", status: "CANCELED" },
    { id: id("large"), task: "large", stored: { output: largeText(fiber), outputType: "application/json" } }
  ]
}

const endless = (batch: string): SimulatedRun => ({
  id: ids.run(batch, "endless"),
  task: "invoice",
  finishesAfter: "never"
})

/** The batches of a fiber. */
export const batches = (fiber: number): ReadonlyArray<SimulatedBatch> => [
  { id: ids.old(fiber), engine: "v1", runs: finished(ids.old(fiber), fiber) },
  {
    id: ids.new(fiber),
    runs: [
      ...finished(ids.new(fiber), fiber),
      { id: ids.run(ids.new(fiber), "expired"), task: "invoice", status: "EXPIRED" },
      endless(ids.new(fiber))
    ],
    failedToStart: [notStarted]
  },
  { id: ids.cut(fiber), runs: [...finished(ids.cut(fiber), fiber), endless(ids.cut(fiber))] }
]
