/**
 * Decoding alone, in a process of its own: after `JSON.parse` of the same text, what does each validation cost?
 *
 * Arguments: the batch id, the number of rounds. Prints JSON: nanoseconds by round.
 */
import { BatchTaskRunExecutionResult } from "@trigger.dev/core/v3/schemas"
import { BatchResults } from "effect-trigger-dev"
import * as Schema from "effect/Schema"
import * as Decode from "../../src/internal/api/decode.js"
import { batchResults } from "../../src/internal/api/quickDecode.js"
import { body, sizes, unknownKinds } from "./batches.js"

const decode = Decode.make(BatchResults, batchResults)

const [id, rounds] = process.argv.slice(2)
const size = [...sizes, ...unknownKinds].find((size) => size.id === id)
if (size === undefined) {
  throw new Error(`no such batch: ${id}`)
}
const text = body(size)

const schemaAlone = Schema.decodeUnknownEither(BatchResults, { onExcessProperty: "preserve" })

const validations: { readonly [name: string]: (json: unknown) => unknown } = {
  ours: (json) => decode(json),
  zod: (json) => BatchTaskRunExecutionResult.safeParse(json),
  schema: (json) => schemaAlone(json)
}

const samples: { [name: string]: Array<number> } = { parse: [], ours: [], zod: [], schema: [] }

const nanosOf = (work: () => void): number => {
  const start = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - start)
}

/** Enough repetitions for a sample of some milliseconds, each on a value that was just parsed. */
const repetitions = Math.max(1, Math.round(2_000 / size.items))

const warmup = Math.max(3, Math.round(100 / repetitions))
for (let round = -warmup; round < Number(rounds); round++) {
  for (const [name, validate] of Object.entries(validations)) {
    const values = Array.from({ length: repetitions }, (): unknown => undefined)
    const parse = nanosOf(() => {
      for (let i = 0; i < repetitions; i++) {
        values[i] = JSON.parse(text)
      }
    })
    const validation = nanosOf(() => {
      for (let i = 0; i < repetitions; i++) {
        validate(values[i])
      }
    })
    if (round >= 0) {
      samples[name]?.push(validation / repetitions)
      if (name === "ours") {
        samples["parse"]?.push(parse / repetitions)
      }
    }
  }
}

console.log(JSON.stringify(samples))
