/**
 * Why a run failed, in the words of the API: tagged by `type`, and open to types and codes that do not exist yet.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const text = Schema.optionalWith(Schema.String, { exact: true })

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
 * The task threw something that is neither an `Error` nor a string; `raw` is it as JSON text.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomRunError = Schema.Struct({
  type: Schema.Literal("CUSTOM_ERROR"),
  raw: text
})

/**
 * The task threw a string: `raw`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const StringRunError = Schema.Struct({
  type: Schema.Literal("STRING_ERROR"),
  raw: text
})

/**
 * Trigger.dev itself ended the run; `code` says why, for example `TASK_RUN_CANCELLED` or `TASK_PROCESS_OOM_KILLED`.
 * Servers keep adding codes.
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
 * An error of a type that this version does not know, with all that the server sent. The published contract promises
 * no more than an object, so even `type` may be missing.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OtherRunError = Schema.Struct({
  type: Schema.optionalWith(
    Schema.String.pipe(Schema.filter((type) => !knownTypes.has(type), { message: () => "Expected an unknown type" })),
    { exact: true }
  )
})

/**
 * @since 0.1.0
 * @category models
 */
export type KnownRunError =
  | typeof BuiltInRunError.Type
  | typeof CustomRunError.Type
  | typeof StringRunError.Type
  | typeof InternalRunError.Type

/**
 * @since 0.1.0
 * @category models
 */
export type RunError = KnownRunError | typeof OtherRunError.Type

const schema = Schema.Union(BuiltInRunError, CustomRunError, StringRunError, InternalRunError, OtherRunError)

const isKnown = (error: RunError): error is KnownRunError => error.type !== undefined && knownTypes.has(error.type)

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
 * Decodes every error that a server may send. Narrow it with `RunError.isKnown` and then by `type`.
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
  /** Whether the error is of one of the types that this version knows. */
  isKnown,
  /** The error in one line, whatever its type, for a log or a message. */
  message: (error: RunError): string => firstLine(describe(error)),
  /** The stack trace of the task, where the server sent one. */
  stackTrace: (error: RunError): string | undefined =>
    isKnown(error) && "stackTrace" in error ? error.stackTrace : undefined
})
