/**
 * Decodes what a task returned into your own types, in every format and from the object store as well.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { ParseOptions } from "effect/SchemaAST"
import { formatPath, type Issue, type Issues, maxIssues, toIssues, type Values } from "./internal/describe/issue.js"
import { textOf } from "./internal/describe/kind.js"
import { makePreview } from "./internal/describe/redact.js"
import { hideKeys, holdsSensitive, SensitiveId } from "./internal/describe/sensitive.js"
import { findProto } from "./internal/output/guards.js"
import * as OutputText from "./internal/output/parse.js"
import { repair } from "./internal/output/repair.js"
import { checkResult, checkShown, runOf } from "./internal/output/result.js"
import type { RunFailure, RunResult, RunSuccess } from "./RunResult.js"
import type { StandardIssue, StandardSchema } from "./StandardSchema.js"
import { TriggerClient } from "./TriggerClient.js"
import {
  type DecodeOutputError,
  OutputMismatch,
  OutputMissing,
  OutputParseError,
  type ReadOutputError,
  RunFailed,
  UnknownTask
} from "./TriggerError.js"

/** Not validated: the error of a run may have fields that no schema has, and they are kept. */
const runFailed = (result: RunFailure): RunFailed =>
  new RunFailed({
    ...runOf(result),
    // Stryker disable next-line ConditionalExpression: an undefined field reads like an absent one
    ...(result.status === undefined ? {} : { status: result.status }),
    // Stryker disable next-line ConditionalExpression: an undefined field reads like an absent one
    ...(result.error === undefined ? {} : { error: result.error })
  }, { disableValidation: true })

const parse = (result: RunSuccess, text: string, contentType: string | undefined) => {
  const outputType = OutputText.mediaType(contentType)
  return Either.mapLeft(
    OutputText.read(text, outputType),
    (reason) => new OutputParseError({ ...runOf(result), outputType, reason })
  )
}

/**
 * The plain JSON form of an output: dates and big integers are strings, maps are arrays of entries, sets are arrays. It is
 * `undefined` if the task returned `undefined`, and a string if the type of the output is not JSON.
 *
 * If a result was read from `/api/v3/runs`, and that route showed no output, the error is `OutputUnavailable` with the reason
 * `NotShown`, because the route does not tell "nothing" from "not available". All decoders fail in the same way.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { collectBatchResults, RunOutput } from "effect-trigger-dev"
 *
 * const outputs = Effect.gen(function*() {
 *   const { results } = yield* collectBatchResults("batch_1234")
 *   return yield* Effect.forEach(results, RunOutput.json)
 * })
 * ```
 *
 * @since 0.1.0
 * @category decoding
 */
export const json = (result: RunResult): Effect.Effect<unknown, ReadOutputError, TriggerClient> =>
  Effect.suspend((): Effect.Effect<unknown, ReadOutputError, TriggerClient> => {
    const fault = checkResult(result)
    if (fault !== undefined) {
      return Effect.fail(fault)
    }
    if (!result.ok) {
      return Effect.fail(runFailed(result))
    }
    if (OutputText.mediaType(result.outputType) === OutputText.storeType) {
      return Effect.flatMap(
        TriggerClient,
        (client) =>
          Effect.flatMap(client.downloadOutput(result), ({ contentType, text }) => parse(result, text, contentType))
      )
    }
    const notShown = checkShown(result)
    if (notShown !== undefined) {
      return Effect.fail(notShown)
    }
    return result.output === undefined ? Effect.void : parse(result, result.output, result.outputType)
  })

/**
 * What the errors of a decoder show.
 *
 * @since 0.1.0
 * @category models
 */
export interface OutputErrorOptions {
  /**
   * `hide`: no error has a text of the output in its `path`, `reason` or `issues`. A reason then names the kind of the value
   * ("Expected string, actual a number"), and a path has the field names of the schema and the positions in arrays, but not
   * the keys of records. Default: `show`.
   */
  readonly values?: "show" | "hide"
}

/**
 * How to decode, and what the errors show. The options of Effect's `ParseOptions`: `errors: "all"` for all issues instead of
 * the first, `onExcessProperty` and others.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodeOptions extends ParseOptions, OutputErrorOptions {}

/**
 * Marks a schema as sensitive: no error of this package shows its value, whatever the options. What `Schema.Redacted`
 * decodes is sensitive without a mark.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { RunOutput } from "effect-trigger-dev"
 *
 * const Patient = Schema.Struct({
 *   insurance: Schema.Redacted(Schema.NumberFromString),
 *   email: RunOutput.sensitive(Schema.String.pipe(Schema.pattern(/@/))),
 *   room: Schema.Number
 * })
 *
 * const decode = RunOutput.decode(Patient)
 * ```
 *
 * @since 0.1.0
 * @category annotations
 */
export const sensitive = <S extends Schema.Annotable.All>(schema: S): Schema.Annotable.Self<S> =>
  Schema.annotations<S>({ [SensitiveId]: true })(schema)

// Stryker disable next-line ArrayDeclaration: no text contains this secret
const preview = makePreview([])

/** The message of what was thrown may quote the value. */
const thrownBy = (decoder: string, error: unknown, values: Values): string =>
  values === "hide" ? `the ${decoder} threw an exception` : preview(`the ${decoder} threw ${textOf(error)}`)

const mismatch = (result: RunResult) => (issues: Issues): OutputMismatch =>
  new OutputMismatch({ ...runOf(result), ...issues[0], ...(issues.length > 1 ? { issues } : {}) })

/** Decodes the plain JSON form of an output. `toError` makes an error of what `decode` failed with. */
const decodingWith = <A, E, R, E2>(
  result: RunResult,
  values: Values,
  decode: (json: unknown, result: RunResult) => Effect.Effect<A, E, R>,
  toError: (error: E) => E2
): Effect.Effect<A, ReadOutputError | OutputMissing | OutputMismatch | E2, R | TriggerClient> =>
  Effect.flatMap(json(result), (value): Effect.Effect<A, OutputMissing | OutputMismatch | E2, R> => {
    const proto = findProto(value)
    return proto === undefined
      ? Effect.mapError(
        decode(value, result),
        (error) => value === undefined ? new OutputMissing(runOf(result)) : toError(error)
      )
      : Effect.fail(
        mismatch(result)([{
          path: formatPath(values === "hide" ? [...hideKeys(proto.slice(0, -1)), "__proto__"] : proto),
          reason: "a field named \"__proto__\" could replace a prototype, so it is not decoded"
        }])
      )
  })

/** Whether the result may come from `/api/v3/runs`: those have a status, and plain JSON as their output. */
const isFromRunRoute = (result: RunResult): boolean =>
  // the feed's results pass, too: today's SDK writes objects as super+json, so there is nothing in them to repair
  // Stryker disable next-line ConditionalExpression: see above
  result.status !== undefined && result.ok && OutputText.mediaType(result.outputType) === OutputText.defaultType

/**
 * Decodes an output with a schema. The encoded side of the schema describes JSON, as everywhere in Effect: `Schema.Date`,
 * `Schema.BigInt`, `Schema.Map`, `Schema.Set` and `Schema.URL` work, whether the task returned such values or their
 * encoded form.
 *
 * A failed run fails with `RunFailed`. If the task returned `undefined`, the schema gets `undefined`; if it does not accept
 * that, the error is `OutputMissing`. An output in the object store is downloaded first. With `errors: "all"`, the `issues`
 * of an `OutputMismatch` are all issues, not only the first. With `values: "hide"`, they show no value of the output;
 * without it, they show none that the schema marks as sensitive (`Schema.Redacted`, `RunOutput.sensitive`).
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { collectBatchResults, RunOutput } from "effect-trigger-dev"
 *
 * const Invoice = Schema.Struct({ number: Schema.String, sentAt: Schema.Date })
 *
 * const invoices = Effect.gen(function*() {
 *   const { results } = yield* collectBatchResults("batch_1234")
 *   // partition keeps the good outputs when some are bad
 *   const [failed, invoices] = yield* Effect.partition(results, RunOutput.decode(Invoice), { concurrency: 8 })
 *   yield* Effect.forEach(failed, (error) => Effect.logWarning(error.message))
 *   return invoices
 * })
 * ```
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = <A, I, R>(
  schema: Schema.Schema<A, I, R>,
  { values = "show", ...options }: DecodeOptions = {}
): (result: RunResult) => Effect.Effect<A, DecodeOutputError, R | TriggerClient> => {
  const decodeUnknown = ParseResult.decodeUnknown(schema, options)

  /** For what names a part of the output without the help of the schema. */
  const valuesOfOutput = (): Values => values === "hide" || holdsSensitive(schema.ast) ? "hide" : "show"

  const issuesOf = (issue: ParseResult.ParseIssue): Issues => {
    const issues = toIssues(issue, values)
    return options.errors === "all" ? issues : [issues[0]]
  }

  /** Tries again with the values that `/api/v3/runs` loses put back where the schema expects them. */
  const decodeRepaired = (value: unknown): Effect.Effect<A, ParseResult.ParseIssue, R> =>
    Effect.catchAll(decodeUnknown(value, { errors: "all" }), (issue) => {
      const repaired = repair(value, issue)
      return repaired === undefined ? Effect.fail(issue) : decodeRepaired(repaired.value)
    })

  const decodeJson = (value: unknown, result: RunResult): Effect.Effect<A, Issues, R> =>
    Effect.suspend(() => {
      const decoded = decodeUnknown(value)
      return isFromRunRoute(result) ? Effect.catchAll(decoded, () => decodeRepaired(value)) : decoded
    }).pipe(
      Effect.mapError(issuesOf),
      // for example: to tell the members of a union apart, a schema calls `toString`, which throws for {"toString":0}
      Effect.catchAllDefect((defect) =>
        Effect.fail<Issues>([{ path: "", reason: thrownBy("schema", defect, valuesOfOutput()) }])
      )
    )

  return (result) => decodingWith(result, valuesOfOutput(), decodeJson, mismatch(result))
}

/** Some validators are functions with a `~standard` property. */
const isStandard = <A>(decoder: StandardSchema<A> | ((json: unknown) => unknown)): decoder is StandardSchema<A> =>
  "~standard" in decoder

const pathOf = (issue: StandardIssue | undefined): ReadonlyArray<PropertyKey> =>
  issue?.path?.map((segment) => typeof segment === "object" ? segment.key : segment) ?? []

const issueOf = (issue: StandardIssue | undefined): Issue => ({
  path: formatPath(pathOf(issue)),
  reason: preview(issue?.message ?? "the validator reported no issue")
})

/** Messages may quote the value, and a validator does not say which keys of a path come from it. */
const hiddenIssueOf = (issue: StandardIssue | undefined): Issue => ({
  path: formatPath(hideKeys(pathOf(issue))),
  reason: "the validator refused the value"
})

const validate = <A>(
  { "~standard": standard }: StandardSchema<A>,
  value: unknown,
  values: Values
): Effect.Effect<A, Issues> =>
  Effect.flatMap(
    Effect.tryPromise({
      try: async () => standard.validate(value),
      catch: (error): Issues => [{ path: "", reason: thrownBy("validator", error, values) }]
    }),
    (validated) => {
      if (validated.issues === undefined) {
        return Effect.succeed(validated.value)
      }
      const [first, ...others] = validated.issues.slice(0, maxIssues)
      const describe = values === "hide" ? hiddenIssueOf : issueOf
      return Effect.fail<Issues>([describe(first), ...others.map(describe)])
    }
  ).pipe(
    // a validator that does not keep to the standard may return anything
    Effect.catchAllDefect((defect) =>
      Effect.fail<Issues>([{ path: "", reason: thrownBy("validator", defect, values) }])
    )
  )

/**
 * Decodes an output without a schema of `effect`: with a function from the plain JSON form to an `Effect` (an `Either` or
 * an `Option` is one, too), or with a validator that follows Standard Schema, as those of zod, valibot and arktype do.
 *
 * A function fails with its own errors, a validator with `OutputMismatch`. If the task returned `undefined` and the function
 * or validator does not accept that, the error is `OutputMissing`. With `values: "hide"`, an `OutputMismatch` has neither
 * the messages of the validator nor the keys in its paths, because both may come from the output.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { RunOutput } from "effect-trigger-dev"
 * import { z } from "zod"
 *
 * const image = RunOutput.decodeWith(z.object({ width: z.number(), height: z.number() }))
 *
 * const text = RunOutput.decodeWith((json) =>
 *   typeof json === "string" ? Effect.succeed(json) : Effect.fail("NotText" as const)
 * )
 * ```
 *
 * @since 0.1.0
 * @category decoding
 */
export function decodeWith<A>(
  validator: StandardSchema<A>,
  options?: OutputErrorOptions
): (result: RunResult) => Effect.Effect<A, DecodeOutputError, TriggerClient>
export function decodeWith<A, E, R>(
  decoder: (json: unknown) => Effect.Effect<A, E, R>,
  options?: OutputErrorOptions
): (result: RunResult) => Effect.Effect<A, E | DecodeOutputError, R | TriggerClient>
export function decodeWith<A, E, R>(
  decoder: StandardSchema<A> | ((json: unknown) => Effect.Effect<A, E, R>),
  { values = "show" }: OutputErrorOptions = {}
): (result: RunResult) => Effect.Effect<A, E | DecodeOutputError, R | TriggerClient> {
  if (isStandard(decoder)) {
    return (result) => decodingWith(result, values, (value) => validate(decoder, value, values), mismatch(result))
  }
  return (result) => decodingWith(result, values, (value) => decoder(value), (error) => error)
}

/**
 * An output and its task.
 *
 * @since 0.1.0
 * @category models
 */
export interface TaskOutput<Task extends string, A> {
  readonly task: Task
  readonly value: A
}

/**
 * The result of `decodeByTask`: a union that `task` discriminates.
 *
 * @since 0.1.0
 * @category models
 */
export type TaskOutputs<Schemas extends Record<string, Schema.Schema.All>> = {
  readonly [Task in keyof Schemas & string]: TaskOutput<Task, Schema.Schema.Type<Schemas[Task]>>
}[keyof Schemas & string]

/**
 * How to decode, what the errors show, and what to do with the results of other tasks.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodeByTaskOptions<B, E, R> extends DecodeOptions {
  /** Gets the results of all tasks without a schema. */
  readonly otherwise: (result: RunSuccess) => Effect.Effect<B, E, R>
}

/**
 * Decodes outputs of several tasks, each with the schema of its task (`taskIdentifier`). The result is a union that `task`
 * discriminates.
 *
 * A run of any other task fails with `UnknownTask`, or is passed to `otherwise`. A failed run always fails with `RunFailed`.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { RunOutput, type RunResult } from "effect-trigger-dev"
 *
 * const Invoice = Schema.Struct({ number: Schema.String })
 * const Image = Schema.Struct({ width: Schema.Number, height: Schema.Number })
 *
 * const decode = RunOutput.decodeByTask({ "send-invoice": Invoice, resize: Image }, {
 *   otherwise: (result) => Effect.succeed({ task: "other" as const, result })
 * })
 *
 * const describe = (result: RunResult) =>
 *   Effect.map(decode(result), (output) => {
 *     switch (output.task) {
 *       case "send-invoice":
 *         return `invoice ${output.value.number}`
 *       case "resize":
 *         return `${output.value.width} × ${output.value.height}`
 *       case "other":
 *         return output.result.id
 *     }
 *   })
 * ```
 *
 * @since 0.1.0
 * @category decoding
 */
export function decodeByTask<const Schemas extends Record<string, Schema.Schema.All>, B, E, R>(
  schemas: Schemas,
  options: DecodeByTaskOptions<B, E, R>
): (result: RunResult) => Effect.Effect<
  TaskOutputs<Schemas> | B,
  DecodeOutputError | E,
  Schema.Schema.Context<Schemas[keyof Schemas]> | R | TriggerClient
>
export function decodeByTask<const Schemas extends Record<string, Schema.Schema.All>>(
  schemas: Schemas,
  options?: DecodeOptions
): (result: RunResult) => Effect.Effect<
  TaskOutputs<Schemas>,
  DecodeOutputError | UnknownTask,
  Schema.Schema.Context<Schemas[keyof Schemas]> | TriggerClient
>
export function decodeByTask<B, E, R, R2>(
  schemas: Record<string, Schema.Schema<unknown, unknown, R2>>,
  { otherwise, ...options }: Partial<DecodeByTaskOptions<B, E, R>> = {}
): (result: RunResult) => Effect.Effect<
  TaskOutput<string, unknown> | B,
  DecodeOutputError | UnknownTask | E,
  R | R2 | TriggerClient
> {
  // a Map, because a task may be named like a property that every object inherits, such as `toString`
  const decoders = new Map(Object.entries(schemas).map(([task, schema]) => [task, decode(schema, options)]))
  return (result) => {
    const fault = checkResult(result)
    if (fault !== undefined) {
      return Effect.fail(fault)
    }
    if (!result.ok) {
      return Effect.fail(runFailed(result))
    }
    const task = result.taskIdentifier
    // Stryker disable next-line ConditionalExpression: the map has no undefined, only the types ask
    const decoder = task === undefined ? undefined : decoders.get(task)
    // Stryker disable next-line ConditionalExpression: only the types ask for the task
    if (task !== undefined && decoder !== undefined) {
      return Effect.map(decoder(result), (value) => ({ task, value }))
    }
    return otherwise === undefined
      ? Effect.fail(new UnknownTask({ ...runOf(result), known: [...decoders.keys()] }))
      : otherwise(result)
  }
}
