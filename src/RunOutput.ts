/**
 * Reads what a task returned, in your own types, whichever way it was serialised and wherever it is stored.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import type * as Schema from "effect/Schema"
import type { ParseOptions } from "effect/SchemaAST"
import { formatPath, type Issue, type Issues, maxIssues, toIssue, toIssues } from "./internal/describe/issue.js"
import { makePreview } from "./internal/describe/redact.js"
import { findProto } from "./internal/output/guards.js"
import * as OutputText from "./internal/output/parse.js"
import { repair } from "./internal/output/repair.js"
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

const run = ({ id, taskIdentifier }: RunResult) => ({
  runId: id,
  ...(taskIdentifier === undefined ? {} : { taskIdentifier })
})

/** Not validated: the error of a run may have fields that no schema knows, and they are kept. */
const runFailed = (result: RunFailure): RunFailed =>
  new RunFailed({
    ...run(result),
    ...(result.status === undefined ? {} : { status: result.status }),
    ...(result.error === undefined ? {} : { error: result.error })
  }, { disableValidation: true })

const parse = (result: RunSuccess, text: string, contentType: string | undefined) => {
  const outputType = OutputText.mediaType(contentType)
  return Either.mapLeft(
    OutputText.read(text, outputType),
    (reason) => new OutputParseError({ ...run(result), path: "", outputType, reason })
  )
}

/**
 * The plain JSON form of an output: dates and big integers are texts, maps are lists of entries, sets are lists. It is
 * `undefined` where the task returned `undefined`, and a text where the output is of a type that is not JSON.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { getBatchResults, RunOutput } from "effect-trigger-dev"
 *
 * const outputs = Effect.gen(function*() {
 *   const batch = yield* getBatchResults("batch_1234")
 *   return yield* Effect.forEach(batch.items, RunOutput.json)
 * })
 * ```
 *
 * @since 0.1.0
 * @category decoding
 */
export const json = (result: RunResult): Effect.Effect<unknown, ReadOutputError, TriggerClient> => {
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
  return result.output === undefined ? Effect.void : parse(result, result.output, result.outputType)
}

const preview = makePreview([])

/** In words what a decoder threw, which JSON such as `{"toString":0}` can make the best of them do. */
const thrownBy = (decoder: string, error: unknown): string =>
  preview(`the ${decoder} threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`)

const decodeError = (result: RunResult) => (issues: Issues): OutputMismatch =>
  new OutputMismatch({ ...run(result), ...issues[0], ...(issues.length > 1 ? { issues: issues } : {}) })

/** Decodes the JSON form, and words what does not fit. */
const decodingWith = <A, E, R, E2>(
  result: RunResult,
  decode: (json: unknown, result: RunResult) => Effect.Effect<A, E, R>,
  issue: (error: E) => E2
): Effect.Effect<A, ReadOutputError | OutputMissing | OutputMismatch | E2, R | TriggerClient> =>
  Effect.flatMap(json(result), (value): Effect.Effect<A, OutputMissing | OutputMismatch | E2, R> => {
    const proto = findProto(value)
    return proto === undefined
      ? Effect.mapError(
        decode(value, result),
        (error) => value === undefined ? new OutputMissing({ ...run(result), path: "" }) : issue(error)
      )
      : Effect.fail(
        decodeError(result)([{ path: formatPath(proto), reason: "a field of this name would become a prototype" }])
      )
  })

/** Whether the run route gave this result, which says how a run ended where the results endpoint does not. */
const isFromRunRoute = (result: RunResult): boolean =>
  result.status !== undefined && result.ok && OutputText.mediaType(result.outputType) === OutputText.defaultType

/**
 * Decodes an output with a schema. The schema describes JSON, as everywhere in Effect: `Schema.Date`, `Schema.BigInt`,
 * `Schema.Map`, `Schema.Set` and `Schema.URL` work as they are, whether the task returned such values themselves or
 * their encoded form.
 *
 * A failed run fails with `RunFailed`. An absent output (the task returned `undefined`) is decoded as `undefined`, and
 * fails with `OutputMissing` where the schema does not accept that. An output that was too large to be part of the
 * result is downloaded first. With `errors: "all"` an `OutputMismatch` has all issues as its `issues`.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { getBatchResults, RunOutput } from "effect-trigger-dev"
 *
 * const Invoice = Schema.Struct({ number: Schema.String, sentAt: Schema.Date })
 *
 * const invoices = Effect.gen(function*() {
 *   const batch = yield* getBatchResults("batch_1234")
 *   // one bad output does not lose the others
 *   const [failed, invoices] = yield* Effect.partition(batch.items, RunOutput.decode(Invoice), { concurrency: 8 })
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
  options?: ParseOptions
): (result: RunResult) => Effect.Effect<A, DecodeOutputError, R | TriggerClient> => {
  const decodeUnknown = ParseResult.decodeUnknown(schema, options)

  const decoder = (value: unknown, options?: ParseOptions): Effect.Effect<A, ParseResult.ParseIssue, R> =>
    Effect.catchAllDefect(
      Effect.suspend(() => decodeUnknown(value, options)),
      (defect) => Effect.fail(new ParseResult.Type(schema.ast, value, thrownBy("schema", defect)))
    )

  /** From the run route, where the schema stumbles over what that route loses. */
  const decodeRepaired = (value: unknown): Effect.Effect<A, ParseResult.ParseIssue, R> =>
    Effect.catchAll(decoder(value, { errors: "all" }), (issue) => {
      const repaired = repair(value, issue)
      return repaired === undefined ? Effect.fail(issue) : decodeRepaired(repaired.value)
    })

  const decodeJson = (value: unknown, result: RunResult): Effect.Effect<A, ParseResult.ParseIssue, R> => {
    const decoded = decoder(value)
    return isFromRunRoute(result) ? Effect.catchAll(decoded, () => decodeRepaired(value)) : decoded
  }

  const issuesOf = (issue: ParseResult.ParseIssue): Issues =>
    options?.errors === "all" ? toIssues(issue) : [toIssue(issue)]

  return (result) => decodingWith(result, decodeJson, (issue) => decodeError(result)(issuesOf(issue)))
}

/** A validator may be a function, too. */
const isStandard = <A>(decoder: StandardSchema<A> | ((json: unknown) => unknown)): decoder is StandardSchema<A> =>
  "~standard" in decoder

const issueOf = (issue: StandardIssue | undefined): Issue => ({
  path: formatPath(issue?.path?.map((segment) => typeof segment === "object" ? segment.key : segment) ?? []),
  reason: preview(issue?.message ?? "it does not fit")
})

const validate = <A>({ "~standard": standard }: StandardSchema<A>, value: unknown): Effect.Effect<A, Issues> =>
  Effect.flatMap(
    Effect.tryPromise({
      try: async () => standard.validate(value),
      catch: (error): Issues => [{ path: "", reason: thrownBy("validator", error) }]
    }),
    (validated) => {
      if (validated.issues === undefined) {
        return Effect.succeed(validated.value)
      }
      const [first, ...others] = validated.issues.slice(0, maxIssues)
      return Effect.fail<Issues>([issueOf(first), ...others.map(issueOf)])
    }
  )

/**
 * Decodes an output with anything else than a schema of `effect`: a function from the plain JSON form to an `Effect`
 * (or an `Either` or `Option`), or a validator that follows Standard Schema, such as those of zod, valibot and arktype.
 *
 * A function fails with its own errors, a validator with `OutputMismatch`. Where it refuses an absent output, either
 * fails with `OutputMissing`.
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
  validator: StandardSchema<A>
): (result: RunResult) => Effect.Effect<A, DecodeOutputError, TriggerClient>
export function decodeWith<A, E, R>(
  decoder: (json: unknown) => Effect.Effect<A, E, R>
): (result: RunResult) => Effect.Effect<A, E | DecodeOutputError, R | TriggerClient>
export function decodeWith<A, E, R>(
  decoder: StandardSchema<A> | ((json: unknown) => Effect.Effect<A, E, R>)
): (result: RunResult) => Effect.Effect<A, E | DecodeOutputError, R | TriggerClient> {
  if (isStandard(decoder)) {
    return (result) => decodingWith(result, (value) => validate(decoder, value), decodeError(result))
  }
  return (result) => decodingWith(result, (value) => decoder(value), (error) => error)
}

/**
 * An output, and the task that it is of.
 *
 * @since 0.1.0
 * @category models
 */
export interface TaskOutput<Task extends string, A> {
  readonly task: Task
  readonly value: A
}

/**
 * What `decodeByTask` gives for schemas that are keyed by task: a union that `task` discriminates.
 *
 * @since 0.1.0
 * @category models
 */
export type TaskOutputs<Schemas extends Record<string, Schema.Schema.All>> = {
  readonly [Task in keyof Schemas & string]: TaskOutput<Task, Schema.Schema.Type<Schemas[Task]>>
}[keyof Schemas & string]

/**
 * Decodes the outputs of several tasks, each with the schema of its task (`taskIdentifier`). The results are told apart
 * by `task`.
 *
 * A run of any other task fails with `UnknownTask`, unless `otherwise` says what becomes of its result. A failed run
 * fails with `RunFailed`, whatever its task.
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
export function decodeByTask<const Schemas extends Record<string, Schema.Schema.All>>(
  schemas: Schemas
): (result: RunResult) => Effect.Effect<
  TaskOutputs<Schemas>,
  DecodeOutputError | UnknownTask,
  Schema.Schema.Context<Schemas[keyof Schemas]> | TriggerClient
>
export function decodeByTask<const Schemas extends Record<string, Schema.Schema.All>, B, E, R>(
  schemas: Schemas,
  options: { readonly otherwise: (result: RunSuccess) => Effect.Effect<B, E, R> }
): (result: RunResult) => Effect.Effect<
  TaskOutputs<Schemas> | B,
  DecodeOutputError | E,
  Schema.Schema.Context<Schemas[keyof Schemas]> | R | TriggerClient
>
export function decodeByTask<B, E, R, R2>(
  schemas: Record<string, Schema.Schema<unknown, unknown, R2>>,
  options?: { readonly otherwise: (result: RunSuccess) => Effect.Effect<B, E, R> }
): (result: RunResult) => Effect.Effect<
  TaskOutput<string, unknown> | B,
  DecodeOutputError | UnknownTask | E,
  R | R2 | TriggerClient
> {
  // a map, because a task may have the name of something that every object inherits
  const decoders = new Map(Object.entries(schemas).map(([task, schema]) => [task, decode(schema)]))
  return (result) => {
    if (!result.ok) {
      return Effect.fail(runFailed(result))
    }
    const task = result.taskIdentifier
    const decoder = task === undefined ? undefined : decoders.get(task)
    if (task !== undefined && decoder !== undefined) {
      return Effect.map(decoder(result), (value) => ({ task, value }))
    }
    return options === undefined
      ? Effect.fail(new UnknownTask({ ...run(result), known: [...decoders.keys()] }))
      : options.otherwise(result)
  }
}
