import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import * as Page from "../../../src/workflow/internal/page.js"

/** As engines have them stored. They must decode for as long as there is a version 1. */
const continues = {
  version: 1,
  startedAt: 1795615786080,
  endedAt: 1795615787694,
  results: [
    {
      ok: true,
      id: "run_0",
      output: "{\"json\":{\"total\":1}}",
      outputType: "application/super+json",
      status: "COMPLETED"
    },
    { ok: false, id: "run_1", status: "FAILED", error: { type: "STRING_ERROR", raw: "declined" } },
    { ok: true, id: "run_2" }
  ],
  total: 4,
  outcome: { _tag: "Continues", pause: 60000, hopeless: false }
}

const notFound = {
  ...continues,
  results: [],
  total: 0,
  outcome: { _tag: "Continues", pause: 10000, hopeless: true }
}

const ends = {
  ...continues,
  outcome: {
    _tag: "Ends",
    collected: {
      batch: {
        id: "batch_1",
        status: "COMPLETED",
        createdAt: "2026-11-25T13:00:00.000Z",
        updatedAt: "2026-11-25T14:00:00.000Z",
        runCount: 5,
        runs: ["run_0", "run_1", "run_2", "run_3"],
        processing: { errors: [{ index: 4, taskIdentifier: "task", error: "no such task" }] }
      },
      results: [],
      pending: [],
      failedToStart: [{ index: 4, taskIdentifier: "task", error: "no such task" }],
      unavailable: [
        { id: "run_3", error: { _tag: "RunNotFound", endpoint: "GET /api/v3/runs/run_3", runId: "run_3" } }
      ],
      missing: 0,
      complete: false
    },
    finished: ["run_0", "run_1", "run_2"]
  }
}

const fails = {
  ...continues,
  outcome: {
    _tag: "Fails",
    error: { _tag: "BatchNotFound", endpoint: "GET /api/v2/batches/batch_1", batchId: "batch_1" }
  }
}

describe("a stored page", () => {
  for (const [name, stored] of Object.entries({ continues, notFound, ends, fails })) {
    it.effect(`of version 1 (${name}) decodes, and is encoded as it was`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Page.encode(Option.getOrThrow(Page.decode(stored))), stored)
      }))
  }

  it("decodes with fields that a later release has added", () => {
    assert.isTrue(Option.isSome(Page.decode({ ...continues, added: 1, outcome: { ...continues.outcome, added: 1 } })))
  })

  const unknown: Record<string, unknown> = {
    "another version": { ...continues, version: 2 },
    "no version": { ...continues, version: undefined },
    "another outcome": { ...continues, outcome: { _tag: "Splits" } },
    "a result that is none": { ...continues, results: [{ ok: "yes" }] },
    "no object": "page"
  }

  for (const [what, stored] of Object.entries(unknown)) {
    it(`with ${what} is none`, () => {
      assert.isTrue(Option.isNone(Page.decode(stored)))
    })
  }
})
