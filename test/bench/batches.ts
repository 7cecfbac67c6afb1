/**
 * The batches that are read: their sizes, and bodies in the form that a Trigger.dev server sends.
 */

export interface BatchSize {
  /** Also selects the body at the server. */
  readonly id: string
  readonly label: string
  readonly items: number
  /** The rough size of one item, in bytes. */
  readonly itemBytes: number
  /** Every so many items, one fails with an error of a type that no client knows. Default: none does. */
  readonly unknownEvery?: number
  /** Whether the rows of an output differ from each other, so that they compress as real ones do. Default: they do not. */
  readonly varied?: boolean
}

export const sizes: ReadonlyArray<BatchSize> = [
  { id: "batch_10x1k", label: "10 × 1 KB", items: 10, itemBytes: 1_000 },
  { id: "batch_100x1k", label: "100 × 1 KB", items: 100, itemBytes: 1_000 },
  { id: "batch_1000x1k", label: "1,000 × 1 KB", items: 1_000, itemBytes: 1_000 },
  { id: "batch_10000x1k", label: "10,000 × 1 KB", items: 10_000, itemBytes: 1_000 },
  { id: "batch_1000x100k", label: "1,000 × 100 KB", items: 1_000, itemBytes: 100_000 }
]

/** What the official schema refuses whole, so that only the validation is measured. */
export const unknownKinds: ReadonlyArray<BatchSize> = [
  {
    id: "batch_new50",
    label: "1,000 × 1 KB, one in 50 of a new kind",
    items: 1_000,
    itemBytes: 1_000,
    unknownEvery: 50
  },
  { id: "batch_new1", label: "1,000 × 1 KB, all of a new kind", items: 1_000, itemBytes: 1_000, unknownEvery: 1 }
]

/** A batch of today's engine: the results route lists none of its runs. */
export const runByRunSizes: ReadonlyArray<BatchSize> = [
  { id: "batch_runs100", label: "100 × 1 KB, run by run", items: 100, itemBytes: 1_000 }
]

/** A network between a server and a client in another region: megabits a second, and milliseconds there and back. */
export const slowLink = { megabits: 50, roundTrip: 40 }

/** Of these, the server compresses what it sends to whoever accepts gzip. */
export const slowLinkSizes: ReadonlyArray<BatchSize> = [
  { id: "batch_slow1000x1k", label: "1,000 × 1 KB", items: 1_000, itemBytes: 1_000, varied: true }
]

/** Of these, every result is collected over the feed. */
export const collectedSizes = sizes.filter(({ items }) => items <= 1_000)

/** The same digits for the same seed, and no pattern in them. */
const digits = (seed: number): string => Math.abs(Math.sin(seed) * 1e16).toFixed(0)

/** As the SDK writes an object: `application/super+json`, with the quotes that must be escaped in the body. */
const output = (index: number, { itemBytes, varied = false }: Pick<BatchSize, "itemBytes" | "varied">): string => {
  const row = { sku: `sku-${index}`, price: 19.99, currency: "EUR", title: "Wool coat, navy, size M", inStock: true }
  const rows = Array.from({ length: Math.max(1, Math.round((itemBytes - 300) / 105)) }, (_, line) => {
    const seed = digits(index * 1_000 + line + 1)
    return varied ? { ...row, sku: `sku-${seed.slice(0, 9)}`, price: Number(seed.slice(-4)) / 100 } : row
  })
  return JSON.stringify({ json: { index, at: "2026-08-21T10:00:00.000Z", rows }, meta: { values: { at: ["Date"] } } })
}

const stackTrace = (bytes: number): string =>
  Array.from(
    { length: Math.max(1, Math.round(bytes / 75)) },
    (_, line) => `    at step (file:///app/src/trigger/import.ts:${100 + line}:17)`
  ).join("\n")

const internalId = (index: number): string => `c${index.toString(36).padStart(24, "0")}`

export const runId = (index: number): string => `run_${internalId(index)}`

const failed = (index: number): boolean => index % 10 === 9

const error = (index: number, { itemBytes, unknownEvery }: BatchSize) =>
  unknownEvery !== undefined && index % unknownEvery === unknownEvery - 1
    ? { type: "NEW_ERROR", code: 42, message: stackTrace(itemBytes - 200) }
    : {
      type: "BUILT_IN_ERROR",
      name: "TypeError",
      message: "Cannot read properties of undefined (reading 'price')",
      stackTrace: stackTrace(itemBytes - 200)
    }

/** With every field of the published contract. */
const item = (index: number, size: BatchSize): unknown => {
  const known = {
    id: runId(index),
    taskIdentifier: "import-product",
    usage: { durationMs: 1_234.5 }
  }
  return failed(index) || size.unknownEvery === 1
    ? { ok: false, ...known, error: error(index, size) }
    : { ok: true, ...known, output: output(index, size), outputType: "application/super+json" }
}

/** The body of the results route: every tenth run has failed. */
export const body = (size: BatchSize): string =>
  JSON.stringify({ id: size.id, items: Array.from({ length: size.items }, (_, index) => item(index, size)) })

const createdAt = "2026-11-25T12:50:25.623"

const finishedAt = "2026-11-25T12:50:27.050"

/** A row of the realtime feed as the server of Trigger.dev sends it, without the columns that this package skips. */
const row = (index: number, size: BatchSize): unknown => ({
  key: `"public"."TaskRun"/"${internalId(index)}"`,
  value: {
    id: internalId(index),
    taskIdentifier: "import-product",
    createdAt,
    updatedAt: finishedAt,
    startedAt: "2026-11-25T12:50:26.946",
    completedAt: finishedAt,
    friendlyId: runId(index),
    isTest: "f",
    status: failed(index) ? "COMPLETED_WITH_ERRORS" : "COMPLETED_SUCCESSFULLY",
    usageDurationMs: "1234",
    costInCents: "0.0042",
    baseCostInCents: "0.0025",
    output: failed(index) ? null : output(index, size),
    outputType: failed(index) ? "application/json" : "application/super+json",
    runTags: null,
    error: failed(index) ? JSON.stringify(error(index, size)) : null
  },
  headers: { operation: "insert" }
})

/** The snapshot of the realtime feed. */
export const snapshot = (size: BatchSize): string =>
  JSON.stringify([
    ...Array.from({ length: size.items }, (_, index) => row(index, size)),
    { headers: { control: "up-to-date" } }
  ])

/** The body of the batch route. */
export const batch = ({ id, items }: BatchSize): string =>
  JSON.stringify({
    id,
    status: "COMPLETED",
    createdAt: `${createdAt}Z`,
    updatedAt: `${finishedAt}Z`,
    runCount: items,
    processing: { completedAt: `${finishedAt}Z`, errors: [] },
    runs: Array.from({ length: items }, (_, index) => runId(index))
  })

/** The body of the run route: as the recordings have it, with an output of 1 KB. */
export const run = (id: string): string =>
  JSON.stringify({
    id,
    taskIdentifier: "import-product",
    status: "COMPLETED",
    createdAt: `${createdAt}Z`,
    updatedAt: `${finishedAt}Z`,
    finishedAt: `${finishedAt}Z`,
    costInCents: 0.0042,
    baseCostInCents: 0.0025,
    durationMs: 1_234,
    isTest: false,
    depth: 0,
    triggerFunction: "batchTrigger",
    tags: [],
    isQueued: false,
    isExecuting: false,
    isCompleted: true,
    isFailed: false,
    isSuccess: true,
    isCancelled: false,
    isWaiting: false,
    output: JSON.parse(output(1, { itemBytes: 1_000 })).json,
    attemptCount: 1,
    relatedRuns: { children: [] }
  })
