/**
 * Why a run failed, as the API reports it. Unknown types and unknown codes decode. `RunError.isKnown` narrows to the four
 * known types; after that, `type` tells them apart.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional } from "./internal/describe/optional.js"

const text = optional(Schema.String)

/**
 * The task threw an `Error`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BuiltInRunError = Schema.Struct({
  type: Schema.Literal("BUILT_IN_ERROR"),
  name: text,
  message: text,
  stackTrace: text
})

/**
 * The task threw something that is neither an `Error` nor a string; `raw` is its JSON text.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomRunError = Schema.Struct({
  type: Schema.Literal("CUSTOM_ERROR"),
  raw: text
})

/**
 * The task threw a string, which is `raw`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const StringRunError = Schema.Struct({
  type: Schema.Literal("STRING_ERROR"),
  raw: text
})

/**
 * Trigger.dev ended the run. `code` says why, for example `TASK_RUN_CANCELLED` or `TASK_PROCESS_OOM_KILLED`; servers add
 * codes.
 *
 * @since 0.1.0
 * @category schemas
 */
export const InternalRunError = Schema.Struct({
  type: Schema.Literal("INTERNAL_ERROR"),
  code: text,
  message: text,
  stackTrace: text
})

const knownTypes: ReadonlySet<string> = new Set(["BUILT_IN_ERROR", "CUSTOM_ERROR", "STRING_ERROR", "INTERNAL_ERROR"])

/**
 * An error of a type that this version does not know. The published contract promises only an object, so `type` may be
 * missing.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OtherRunError = Schema.Struct({
  type: optional(
    Schema.String.pipe(Schema.filter((type) => !knownTypes.has(type), { message: () => "Expected an unknown type" }))
  )
})

/**
 * An error of a type that this version knows.
 *
 * @since 0.1.0
 * @category models
 */
export type KnownRunError =
  | typeof BuiltInRunError.Type
  | typeof CustomRunError.Type
  | typeof StringRunError.Type
  | typeof InternalRunError.Type

/**
 * Why a run failed.
 *
 * @since 0.1.0
 * @category models
 */
export type RunError = KnownRunError | typeof OtherRunError.Type

const schema = Schema.Union(BuiltInRunError, CustomRunError, StringRunError, InternalRunError, OtherRunError)

// Stryker disable next-line ConditionalExpression: the set has no undefined, only the types ask
const isKnown = (error: RunError): error is KnownRunError => error.type !== undefined && knownTypes.has(error.type)

// Stryker disable next-line OptionalChaining,StringLiteral: split returns at least one part
const firstLine = (text: string): string => text.split("\n", 1)[0]?.trim() ?? ""

const describe = (error: RunError): string => {
  if (!isKnown(error)) {
    return error.type ?? "unknown error"
  }
  switch (error.type) {
    case "BUILT_IN_ERROR":
      return [error.name, error.message].filter((part) => part !== undefined && part !== "").join(": ") || error.type
    case "CUSTOM_ERROR":
    case "STRING_ERROR":
      return error.raw ?? error.type
    case "INTERNAL_ERROR":
      return [error.code, error.message].filter((part) => part !== undefined && part !== "").join(": ") || error.type
  }
}

/**
 * Decodes every error that a server may send. Narrow it with `RunError.isKnown`, then by `type`.
 *
 * @example
 * ```ts
 * import { RunError } from "effect-trigger-dev"
 *
 * const wasCancelled = (error: RunError) =>
 *   RunError.isKnown(error) && error.type === "INTERNAL_ERROR" && error.code === "TASK_RUN_CANCELLED"
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const RunError = Object.assign(schema, {
  /** Whether this version knows the type of the error. */
  isKnown,
  /** The error on one line, for a log or a message. */
  message: (error: RunError): string => firstLine(describe(error)),
  /** The stack trace of the task, if the server sent one. */
  stackTrace: (error: RunError): string | undefined =>
    isKnown(error) && "stackTrace" in error ? error.stackTrace : undefined
})
