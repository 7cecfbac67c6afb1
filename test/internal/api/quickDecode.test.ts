import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Either, FastCheck, Redacted, Schema, Struct } from "effect"
import { Batch, Run } from "effect-trigger-dev"
import * as Decode from "../../../src/internal/api/decode.js"
import * as Quick from "../../../src/internal/api/quickDecode.js"
import { json, withOnePartChanged } from "../../support/mutation.js"
import * as Recording from "../../support/recording.js"

/** What a server may send for any value of a schema: with fields that nobody knows yet, and null for some that are absent. */
const sent = <A, I extends object>(schema: Schema.Schema<A, I>, fields: object, others: object) =>
  FastCheck.tuple(
    Arbitrary.make(schema).map(Schema.encodeSync(schema)),
    FastCheck.subarray(Object.keys(fields)),
    FastCheck.record(others, { requiredKeys: [] })
  ).map(([value, names, more]) => ({
    ...Object.fromEntries(names.map((name) => [name, null])),
    ...value,
    ...more
  }))

const nullable = (fields: object, required: ReadonlyArray<string>) =>
  Struct.omit(...required)(fields as Record<string, unknown>)

const runs = sent(
  Schema.Struct(Struct.omit(Run.fields, "output", "payload")),
  nullable(Run.fields, ["id", "taskIdentifier", "status", "createdAt"]),
  { output: json, payload: json, depth: json, relatedRuns: json }
)

const batches = sent(
  Batch,
  nullable(Batch.fields, ["id", "status", "createdAt", "updatedAt", "runCount", "runs"]),
  { extra: json, isSealed: json }
)

/** Two `Redacted` are deeply equal whatever they hold. */
const urlOf = (decoded: object): string | undefined =>
  "outputPresignedUrl" in decoded && Redacted.isRedacted(decoded.outputPresignedUrl)
    ? String(Redacted.value(decoded.outputPresignedUrl))
    : undefined

const assertSame = (decoded: object | undefined, expected: object): void => {
  assert.deepStrictEqual(decoded, expected)
  assert.strictEqual(urlOf(decoded ?? {}), urlOf(expected))
}

const decodesAsItsSchema = <A extends object, I>(
  schema: Schema.Schema<A, I>,
  quick: Quick.Quick<A>,
  valid: FastCheck.Arbitrary<unknown>
): void => {
  const decode = Decode.make(schema)

  it("decodes all that servers send as the schema does", () => {
    FastCheck.assert(
      FastCheck.property(valid, (value) => assertSame(quick(value), Either.getOrThrow(decode(value)))),
      { numRuns: 1000 }
    )
  })

  it("decodes exactly what the schema decodes", () => {
    let accepted = 0
    let refused = 0
    FastCheck.assert(
      FastCheck.property(withOnePartChanged(valid), (value) => {
        const decoded = quick(value)
        if (decoded === undefined) {
          refused++
          assert.isTrue(Either.isLeft(decode(value)))
        } else {
          accepted++
          assertSame(decoded, Either.getOrThrow(decode(value)))
        }
      }),
      { numRuns: 2000 }
    )
    // both happen, often
    assert.isAbove(accepted, 200)
    assert.isAbove(refused, 200)
  })
}

describe("the table of runs", () => decodesAsItsSchema(Run, Quick.run, runs))

describe("the table of batches", () => decodesAsItsSchema(Batch, Quick.batch, batches))

describe("quick decoding", () => {
  const genuine = (has: string) =>
    Recording.names
      .map(Recording.read)
      .filter(({ status, text }) => status === 200 && text.startsWith("{") && text.includes(has))
      .map(({ text }): unknown => JSON.parse(text))

  it("decodes every genuine run", () => {
    const bodies = genuine("\"taskIdentifier\"").filter((body) => Either.isRight(Decode.make(Run)(body)))
    assert.isAbove(bodies.length, 5)
    assert.isTrue(bodies.every((body) => Quick.run(body) !== undefined))
  })

  it("decodes every genuine batch", () => {
    const bodies = genuine("\"runCount\"")
    assert.isAbove(bodies.length, 3)
    assert.isTrue(bodies.every((body) => Quick.batch(body) !== undefined))
  })

  it("leaves a field named __proto__ to the schema", () => {
    const run = { id: "run_1", taskIdentifier: "t", status: "QUEUED", createdAt: "2026-11-28T00:00:00.000Z" }
    assert.isDefined(Quick.run(run))
    assert.isUndefined(Quick.run(JSON.parse(JSON.stringify(run).replace("{", "{\"__proto__\":{\"isTest\":true},"))))
  })
})
