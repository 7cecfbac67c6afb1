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
}

export const sizes: ReadonlyArray<BatchSize> = [
  { id: "batch_10x1k", label: "10 × 1 KB", items: 10, itemBytes: 1_000 },
  { id: "batch_100x1k", label: "100 × 1 KB", items: 100, itemBytes: 1_000 },
  { id: "batch_1000x1k", label: "1,000 × 1 KB", items: 1_000, itemBytes: 1_000 },
  { id: "batch_10000x1k", label: "10,000 × 1 KB", items: 10_000, itemBytes: 1_000 },
  { id: "batch_1000x100k", label: "1,000 × 100 KB", items: 1_000, itemBytes: 100_000 }
]

/** As the SDK writes an object: `application/super+json`, with the quotes that must be escaped in the body. */
const output = (index: number, bytes: number): string => {
  const row = { sku: `sku-${index}`, price: 19.99, currency: "EUR", title: "Wool coat, navy, size M", inStock: true }
  const rows = Array.from({ length: Math.max(1, Math.round(bytes / 105)) }, () => row)
  return JSON.stringify({ json: { index, at: "2026-08-21T10:00:00.000Z", rows }, meta: { values: { at: ["Date"] } } })
}

const stackTrace = (bytes: number): string =>
  Array.from(
    { length: Math.max(1, Math.round(bytes / 75)) },
    (_, line) => `    at step (file:///app/src/trigger/import.ts:${100 + line}:17)`
  ).join("\n")

const item = (index: number, bytes: number): unknown => {
  const known = { id: `run_${index.toString(36).padStart(21, "c")}`, taskIdentifier: "import-product" }
  return index % 10 === 9
    ? {
      ok: false,
      ...known,
      error: {
        type: "BUILT_IN_ERROR",
        name: "TypeError",
        message: "Cannot read properties of undefined (reading 'price')",
        stackTrace: stackTrace(bytes - 200)
      }
    }
    : { ok: true, ...known, output: output(index, bytes - 300), outputType: "application/super+json" }
}

/** The body of a batch: every tenth run has failed. */
export const body = ({ id, itemBytes, items }: BatchSize): string =>
  JSON.stringify({ id, items: Array.from({ length: items }, (_, index) => item(index, itemBytes)) })
