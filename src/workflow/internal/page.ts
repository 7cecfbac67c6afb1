/**
 * A page: what one activity has read, in the form in which the engine stores it.
 */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { CollectedResults } from "../../CollectedResults.js"
import { RunResult } from "../../RunResult.js"
import { AwaitBatchError } from "../AwaitBatchError.js"

/**
 * The version of the format. Another field that may be absent is the same version; anything else is the next one.
 */
const version = 1

/** Another page follows, after a pause. */
const Continues = Schema.TaggedStruct("Continues", {
  /** Milliseconds. */
  pause: Schema.Number,
  /** Whether all that is left are errors that cannot get better. */
  hopeless: Schema.Boolean
})

/** The last page. */
const Ends = Schema.TaggedStruct("Ends", {
  /** Without the results, which the pages have. */
  collected: CollectedResults,
  /** The ids of the runs that the results are of, in batch order. */
  finished: Schema.Array(Schema.String)
})

/** The last page, of a batch that could not be read. */
const Fails = Schema.TaggedStruct("Fails", { error: AwaitBatchError })

export const Page = Schema.Struct({
  version: Schema.Literal(version),
  /** Epoch milliseconds, when the reading began and when it ended. */
  startedAt: Schema.Number,
  endedAt: Schema.Number,
  /** The results that no page before has; without their outputs and errors where `onResults` took them. */
  results: Schema.Array(RunResult),
  /** The runs that the batch had then. */
  total: Schema.Number,
  outcome: Schema.Union(Continues, Ends, Fails)
})

export interface Page extends Schema.Schema.Type<typeof Page> {}

export type Outcome = Page["outcome"]

export type Continuation = typeof Continues.Type

/** The last page of a batch that could be read. */
export type Ending = typeof Ends.Type

/** What a page consists of was decoded by the same schemas, so that it always has an encoded form. */
export const encode = (page: Page): Effect.Effect<unknown> => Effect.orDie(Schema.encode(Page)(page))

/**
 * None for a page that this version does not know. The engine would make that a defect, and store it as the end of the
 * workflow, if it had the schema. So it is given none, and such a page counts as one that was never read.
 */
export const decode: (stored: unknown) => Option.Option<Page> = Schema.decodeUnknownOption(Page)

export const make = (page: Omit<Page, "version">): Page => ({ version, ...page })
