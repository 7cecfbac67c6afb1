/**
 * The types of run outputs, checked by the compiler: each assignment holds, and each `@ts-expect-error` does not.
 */
import * as OldSchema from "@effect/schema/Schema"
import { type Context, type Effect, type ParseResult, Schema } from "effect"
import {
  type DecodeOutputError,
  downloadOutput,
  type DownloadOutputError,
  type OutputMissing,
  type ReadOutputError,
  RunOutput,
  type RunResult,
  type RunSuccess,
  type StoredOutput,
  type TriggerClient,
  type UnknownTask
} from "effect-trigger-dev"
import { z } from "zod"

/** Both ways, so that neither side is wider. */
type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false

type Decoder<A, E, R> = (result: RunResult) => Effect.Effect<A, E, R>

const same = <A, B>(_: Same<A, B>): void => {}

const json: Decoder<unknown, ReadOutputError, TriggerClient> = RunOutput.json
same<typeof json, typeof RunOutput.json>(true)

const date = RunOutput.decode(Schema.Date)
same<typeof date, Decoder<Date, DecodeOutputError, TriggerClient>>(true)

interface Prefix {
  readonly _: unique symbol
}
declare const needy: Schema.Schema<number, string, Prefix>
const fromNeedy = RunOutput.decode(needy)
same<typeof fromNeedy, Decoder<number, DecodeOutputError, TriggerClient | Prefix>>(true)

const zodded = RunOutput.decodeWith(z.object({ at: z.coerce.date() }))
same<typeof zodded, Decoder<{ at: Date }, DecodeOutputError, TriggerClient>>(true)

const standard = RunOutput.decodeWith(Schema.standardSchemaV1(Schema.NumberFromString))
same<typeof standard, Decoder<number, DecodeOutputError, TriggerClient>>(true)

declare const custom: (json: unknown) => Effect.Effect<bigint, "Mine", Prefix>
const customised = RunOutput.decodeWith(custom)
same<typeof customised, Decoder<bigint, "Mine" | DecodeOutputError, TriggerClient | Prefix>>(true)

const own = RunOutput.decodeWith(Schema.decodeUnknown(Schema.Date))
same<typeof own, Decoder<Date, ParseResult.ParseError | DecodeOutputError, TriggerClient>>(true)

const old = RunOutput.decodeWith(OldSchema.decodeUnknown(OldSchema.Date))
const oldDates: (result: RunResult) => Effect.Effect<Date, unknown, TriggerClient> = old

// @ts-expect-error a schema of the old package is not one of effect
RunOutput.decode(OldSchema.Date)

const schemas = { "send-invoice": Schema.Struct({ number: Schema.String }), resize: needy }

type Outputs =
  | { readonly task: "send-invoice"; readonly value: { readonly number: string } }
  | { readonly task: "resize"; readonly value: number }

const byTask = RunOutput.decodeByTask(schemas)
same<typeof byTask, Decoder<Outputs, DecodeOutputError | UnknownTask, TriggerClient | Prefix>>(true)

declare const otherwise: (
  result: RunSuccess
) => Effect.Effect<{ readonly task: "other" }, "Mine", Context.Tag<"a", "b">>
const withOthers = RunOutput.decodeByTask(schemas, { otherwise })
same<
  typeof withOthers,
  Decoder<
    Outputs | { readonly task: "other" },
    DecodeOutputError | "Mine",
    TriggerClient | Prefix | Context.Tag<"a", "b">
  >
>(true)

const hiding = RunOutput.decode(Schema.Date, { values: "hide", errors: "all" })
same<typeof hiding, typeof date>(true)

const byTaskHiding = RunOutput.decodeByTask(schemas, { values: "hide" })
same<typeof byTaskHiding, typeof byTask>(true)

const withOthersHiding = RunOutput.decodeByTask(schemas, { otherwise, values: "hide" })
same<typeof withOthersHiding, typeof withOthers>(true)

const zoddedHiding = RunOutput.decodeWith(z.object({ at: z.coerce.date() }), { values: "hide" })
same<typeof zoddedHiding, typeof zodded>(true)

// @ts-expect-error a typing error would show the values
RunOutput.decode(Schema.Date, { values: "hidden" })

const marked = RunOutput.sensitive(Schema.NumberFromString)
same<typeof marked.Type, number>(true)
same<typeof marked.Encoded, string>(true)

// @ts-expect-error a field is not a schema: mark what is inside of `optional`
RunOutput.sensitive(Schema.optional(Schema.String))

export const narrowed = (output: Outputs): number =>
  output.task === "resize" ? output.value : output.value.number.length

// @ts-expect-error a failed run has nothing to download
downloadOutput({ ok: false, id: "run_1" })

const download: (result: RunSuccess) => Effect.Effect<StoredOutput, DownloadOutputError, TriggerClient> = downloadOutput

const missing: Extract<DecodeOutputError, { readonly _tag: "OutputMissing" }> extends OutputMissing ? true : false =
  true

export {
  byTask,
  byTaskHiding,
  custom,
  customised,
  date,
  download,
  fromNeedy,
  hiding,
  json,
  marked,
  missing,
  old,
  oldDates,
  own,
  standard,
  withOthers,
  withOthersHiding,
  zodded,
  zoddedHiding
}
