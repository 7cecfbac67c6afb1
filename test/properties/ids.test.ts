import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"
import {
  awaitBatchResults,
  BatchHandle,
  collectBatchResults,
  downloadOutput,
  getBatchResults,
  retrieveBatch,
  retrieveRun,
  RunOutput,
  streamBatchResults,
  subscribeToBatch,
  type TriggerClient
} from "effect-trigger-dev"
import { expectNoSecret, recording } from "../support/leaks.js"
import * as Scripted from "../support/scriptedHttp.js"

type Operation = (
  id: never
) => Effect.Effect<unknown, { readonly _tag: string; readonly message: string }, TriggerClient>

/** The public operations that take an id, or a result with an id. */
const operations: ReadonlyArray<readonly [name: string, operation: Operation, tag: string]> = [
  ["getBatchResults", (id) => getBatchResults(id), "InvalidBatchId"],
  ["retrieveBatch", (id) => retrieveBatch(id), "InvalidBatchId"],
  ["retrieveRun", (id) => retrieveRun(id), "InvalidRunId"],
  ["subscribeToBatch", (id) => Stream.runDrain(subscribeToBatch(id)), "InvalidBatchId"],
  ["collectBatchResults", (id) => collectBatchResults(id), "InvalidBatchId"],
  ["collectBatchResults with onError", (id) => collectBatchResults(id, { onError: "report" }), "InvalidBatchId"],
  ["awaitBatchResults", (id) => awaitBatchResults(id), "InvalidBatchId"],
  ["streamBatchResults", (id) => Stream.runDrain(streamBatchResults(id)), "InvalidBatchId"],
  ["a handle", (id) => Effect.flatMap(BatchHandle.make(id), (batch) => collectBatchResults(batch)), "InvalidBatchId"],
  ["downloadOutput", (id) => downloadOutput({ ok: true, id, outputType: "application/store" }), "OutputUnavailable"],
  ["RunOutput.json", (id) => RunOutput.json({ ok: true, id, outputType: "application/store" }), "OutputUnavailable"],
  ["RunOutput.json of a failed run", (id) => RunOutput.json({ ok: false, id }), "RunFailed"]
]

const secret = "QWxhZGRpbjpvcGVuIHNlc2FtZQ"

const ids: ReadonlyArray<readonly [what: string, id: unknown]> = [
  ["a secret key", `tr_dev_${secret}`],
  ["a restricted key", `tr_prod_sk_${secret}`],
  ["a personal token", `tr_pat_${secret}`],
  ["a JWT", `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlbnYifQ.${secret}`],
  ["a bearer value", `Bearer ${secret}`],
  ["a URL with a token", `https://api.trigger.dev/?token=${secret}`],
  ["a symbol", Symbol(`tr_dev_${secret}`)],
  ["undefined", undefined],
  ["null", null],
  ["a bigint", 1n],
  ["an object", {}],
  ["an object without a text", Object.create(null)],
  ["a function", () => `batch_${secret}`]
]

describe("whatever is given as an id", () => {
  for (const [what, id] of ids) {
    for (const [name, operation, tag] of operations) {
      it.effect(`${what}, in ${name}: it fails without a request, and shows no secret`, () =>
        Effect.gen(function*() {
          const http = Scripted.make([Scripted.ok])
          const { exit, texts } = yield* recording(Effect.provide(operation(id as never), Scripted.client(http)))
          const error = Exit.isFailure(exit) && exit.cause._tag === "Fail" ? exit.cause.error : exit
          assert.propertyVal(error, "_tag", tag === "RunFailed" && typeof id !== "string" ? "OutputUnavailable" : tag)
          assert.lengthOf(http.requests, 0)
          expectNoSecret(texts, [secret])
        }))
    }
  }
})
