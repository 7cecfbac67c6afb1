import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc, ParseResult, Schema } from "effect"
import { RunUpdate } from "effect-trigger-dev"
import * as Realtime from "./support/realtime.js"

const decode = Schema.decodeUnknownEither(RunUpdate)

const required = {
  id: "run_1",
  taskIdentifier: "task",
  status: "EXECUTING",
  createdAt: "2026-11-25T12:45:38.424Z",
  tags: ["a"]
}

describe("RunUpdate", () => {
  it("is known by its name", () => {
    assert.strictEqual(String(RunUpdate), "RunUpdate")
  })

  it("needs no more than what every row of the feed has", () => {
    assert.deepStrictEqual(decode(required), Either.right({ ...required, createdAt: new Date(1795610738424) }))
  })

  it("is written as JSON and read again as it was, whatever the recorded servers sent", () => {
    const Stored = Schema.parseJson(Schema.Array(RunUpdate))
    for (const name of Realtime.names) {
      const { updates } = Realtime.exchange(name)
      assert.deepStrictEqual(Schema.decodeSync(Stored)(Schema.encodeSync(Stored)(updates)), updates, name)
    }
  })

  it("is written as JSON and read again as it was, with any fields", () => {
    const text = fc.string()
    const date = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z") })
    const update = fc.record({
      id: text,
      taskIdentifier: text,
      status: text,
      createdAt: date,
      tags: fc.array(text),
      output: text,
      outputType: text,
      error: fc.oneof(
        fc.record({ type: fc.constant("STRING_ERROR" as const), raw: text }, { requiredKeys: ["type"] }),
        fc.record({ type: fc.constant("INTERNAL_ERROR" as const), code: text, message: text })
      ),
      updatedAt: date,
      startedAt: date,
      finishedAt: date,
      durationMs: fc.nat(),
      costInCents: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((cost) => !Object.is(cost, -0)),
      baseCostInCents: fc.nat(),
      idempotencyKey: text,
      isTest: fc.boolean()
    }, { requiredKeys: ["id", "taskIdentifier", "status", "createdAt", "tags"] })
    const Stored = Schema.parseJson(RunUpdate)
    fc.assert(fc.property(update, (update) => {
      assert.deepStrictEqual(Schema.decodeSync(Stored)(Schema.encodeSync(Stored)(update)), { ...update })
    }))
  })

  for (const name of ["id", "taskIdentifier", "status", "createdAt", "tags"]) {
    it(`is refused without ${name}`, () => {
      const issues = Either.mapLeft(
        decode({ ...required, [name]: undefined }),
        ParseResult.ArrayFormatter.formatErrorSync
      )
      assert.deepStrictEqual(Either.getOrThrow(Either.flip(issues)).map(({ path }) => path), [[name]])
    })
  }

  for (const name of ["output", "outputType", "error", "updatedAt", "finishedAt", "durationMs", "isTest"]) {
    it(`has ${name} only where it is known, and never as undefined or null`, () => {
      assert.isTrue(Either.isLeft(decode({ ...required, [name]: undefined })))
      assert.isTrue(Either.isLeft(decode({ ...required, [name]: null })))
    })
  }
})
