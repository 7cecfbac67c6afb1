import { assert, describe, it } from "@effect/vitest"
import { stringifyIO } from "@trigger.dev/core/v3"
import { Effect, FastCheck as fc, Layer, Schema } from "effect"
import { RunOutput, type RunSuccess, TriggerClient } from "effect-trigger-dev"
import { isDeepStrictEqual } from "node:util"
import superjson from "superjson"
import { type Means, normalise, randomSchema } from "./support/randomSchema.js"

const schemas = 200
const valuesOfEach = 50

/** What the object store holds, under its path. */
const store = new Map<string, { readonly text: string; readonly contentType: string }>()

const client = Effect.runSync(Effect.scoped(Layer.build(TriggerClient.layerTest({
  downloadOutput: ({ output }) => Effect.succeed(store.get(output ?? "") ?? { text: "" })
}))))

const result = (output: string | undefined, outputType: string): RunSuccess => ({
  ok: true,
  id: "run_1",
  ...(output === undefined ? {} : { output }),
  outputType
})

/** As the official SDK does it: an older superjson for every object, and text for texts. */
const bySdk = async (value: unknown): Promise<RunSuccess> => {
  const { data, dataType } = await stringifyIO(value)
  return result(data, dataType)
}

const everything: Means = { oddNumbers: true, undefinedItems: true, undefinedOrNull: true }

interface Serialisation {
  readonly name: string
  readonly means: Means
  /** Fixed where the serialisation itself is ambiguous, about once in a million values. */
  readonly seed?: number
  readonly serialise: (value: unknown, encoded: unknown) => RunSuccess | Promise<RunSuccess>
}

const serialisations: ReadonlyArray<Serialisation> = [
  {
    name: "application/json of the encoded value",
    means: { oddNumbers: false, undefinedItems: false, undefinedOrNull: true },
    serialise: (_, encoded) => result(JSON.stringify(encoded), "application/json")
  },
  {
    name: "application/super+json of the value itself",
    means: everything,
    serialise: (value) => result(superjson.stringify(value), "application/super+json")
  },
  {
    name: "application/super+json of the encoded value",
    means: everything,
    serialise: (_, encoded) => result(superjson.stringify(encoded), "application/super+json")
  },
  {
    name: "what the official SDK writes of the value itself",
    means: everything,
    seed: 1,
    serialise: bySdk
  },
  {
    name: "what the official SDK writes of the encoded value",
    means: everything,
    seed: 2,
    serialise: (_, encoded) => bySdk(encoded)
  },
  {
    name: "application/store of super+json",
    means: everything,
    serialise: (value) => {
      store.set("path", { text: superjson.stringify(value), contentType: "application/super+json" })
      return result("path", "application/store")
    }
  },
  {
    name: "the run route, which shows super+json without its meta",
    means: { ...everything, undefinedOrNull: false },
    serialise: (value) => ({
      ...result(JSON.stringify(superjson.serialize(value).json), "application/json"),
      status: "COMPLETED"
    })
  }
]

describe("decode gives what the task returned, through", () => {
  for (const { means, name, seed, serialise } of serialisations) {
    it(name, { timeout: 120_000 }, async () => {
      const cases = randomSchema(means).chain(({ schema, values }) =>
        fc.record({
          schema: fc.constant(schema),
          values: fc.array(values, { minLength: valuesOfEach, maxLength: valuesOfEach })
        })
      )
      let checked = 0
      await fc.assert(
        fc.asyncProperty(cases, async ({ schema, values }) => {
          const decode = RunOutput.decode(schema)
          const encode = Schema.encodeSync(schema)
          for (const value of values) {
            const run = await serialise(value, encode(value))
            const decoded = Effect.runSync(Effect.provide(decode(run), client))
            if (!isDeepStrictEqual(normalise(decoded), normalise(value))) {
              assert.deepStrictEqual(normalise(decoded), normalise(value), `${run.output}`)
              assert.fail(`${run.output} is not the value for ${String(schema)}`)
            }
            checked++
          }
        }),
        { numRuns: schemas, ...(seed === undefined ? {} : { seed }) }
      )
      assert.isAtLeast(checked, 10_000)
    })
  }
})
