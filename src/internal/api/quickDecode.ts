/**
 * Decodes what the API returns by hand: runs and batches by tables of their fields, in a tenth of the time that their
 * schemas take. A value that does not fit goes to the schema, which decides and explains.
 */
import { isRecord } from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { Batch, BatchItemError } from "../../Batch.js"
import type { BatchResults } from "../../BatchResults.js"
import type { Run } from "../../Run.js"
import { isBatchResults } from "./isBatchResults.js"

/** What a JSON value decodes to; undefined where it must go to the schema. */
export type Quick<A> = (json: unknown) => A | undefined

interface Field<A, Optional extends boolean> {
  readonly decode: Quick<A>
  readonly isOptional: Optional
}

type FieldOf<A, K extends keyof A> = Partial<Pick<A, K>> extends Pick<A, K> ? Field<A[K], true> : Field<A[K], false>

/** A field that may hold anything is kept as it is, as unknown fields are, and so has no entry. */
type Table<A> = { readonly [K in keyof A as unknown extends A[K] ? never : K]-?: FieldOf<A, K> }

const required = <A>(decode: Quick<A>): Field<A, false> => ({ decode, isOptional: false })

const optional = <A>(decode: Quick<A>): Field<A, true> => ({ decode, isOptional: true })

const text: Quick<string> = (json) => typeof json === "string" ? json : undefined

/** JSON such as `1e999` parses to an infinite number. */
const number: Quick<number> = (json) => typeof json === "number" && Number.isFinite(json) ? json : undefined

const textOrNumber: Quick<string | number> = (json) => text(json) ?? number(json)

const boolean: Quick<boolean> = (json) => typeof json === "boolean" ? json : undefined

const date: Quick<Date> = (json) => {
  const value = new Date(text(json) ?? Number.NaN)
  return Number.isNaN(value.getTime()) ? undefined : value
}

const redactedText: Quick<Redacted.Redacted> = (json) => typeof json === "string" ? Redacted.make(json) : undefined

const array = <A>(decode: Quick<A>): Quick<ReadonlyArray<A>> => (json) => {
  if (!Array.isArray(json)) {
    return undefined
  }
  const values: Array<A> = []
  for (const item of json) {
    const value = decode(item)
    if (value === undefined) {
      return undefined
    }
    values.push(value)
  }
  return values
}

const struct = <A extends object>(table: Table<A>): Quick<A> => {
  const fields = new Map(Object.entries<Field<unknown, boolean>>(table))
  const requiredNames = [...fields].flatMap(([name, { isOptional }]) => isOptional ? [] : [name])
  const isWhole = (value: object): value is A => requiredNames.every((name) => Object.hasOwn(value, name))
  return (json) => {
    if (!isRecord(json)) {
      return undefined
    }
    const decoded: { [name: string]: unknown } = {}
    for (const [name, value] of Object.entries(json)) {
      if (name === "__proto__") {
        return undefined
      }
      const field = fields.get(name)
      if (field === undefined) {
        decoded[name] = value
      } else if (value !== null) {
        // a null is dropped: where the field is required, the value is not whole then
        const known = field.decode(value)
        if (known === undefined) {
          return undefined
        }
        decoded[name] = known
      }
    }
    return isWhole(decoded) ? decoded : undefined
  }
}

export const run: Quick<Run> = struct<Run>({
  id: required(text),
  taskIdentifier: required(text),
  status: required(text),
  createdAt: required(date),
  updatedAt: optional(date),
  startedAt: optional(date),
  finishedAt: optional(date),
  expiredAt: optional(date),
  delayedUntil: optional(date),
  ttl: optional(textOrNumber),
  durationMs: optional(number),
  costInCents: optional(number),
  baseCostInCents: optional(number),
  tags: optional(array(text)),
  version: optional(text),
  idempotencyKey: optional(text),
  isTest: optional(boolean),
  isCompleted: optional(boolean),
  isSuccess: optional(boolean),
  isFailed: optional(boolean),
  isCancelled: optional(boolean),
  batchId: optional(text),
  attemptCount: optional(number),
  payloadPresignedUrl: optional(redactedText),
  outputPresignedUrl: optional(redactedText),
  error: optional(struct<NonNullable<Run["error"]>>({
    message: optional(text),
    name: optional(text),
    stackTrace: optional(text)
  }))
})

export const batch: Quick<Batch> = struct<Batch>({
  id: required(text),
  status: required(text),
  idempotencyKey: optional(text),
  createdAt: required(date),
  updatedAt: required(date),
  processingCompletedAt: optional(date),
  runCount: required(number),
  runs: required(array(text)),
  processing: optional(struct<NonNullable<Batch["processing"]>>({
    completedAt: optional(date),
    errors: required(array(struct<BatchItemError>({
      index: required(number),
      taskIdentifier: required(text),
      error: required(text),
      errorCode: optional(text)
    })))
  }))
})

export const batchResults: Quick<BatchResults> = (json) => isBatchResults(json) ? json : undefined
