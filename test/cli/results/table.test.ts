import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { TriggerClient } from "effect-trigger-dev"
import { toTable } from "../../../src/cli/results/table.js"
import { coloursFor } from "../../../src/cli/terminal/colours.js"
import { runView } from "../support/runs.js"

it.effect("no cell is longer than a terminal is wide: the time to draw it grows with the square of its length", () =>
  Effect.gen(function*() {
    const long = "x".repeat(100_000)
    const runs = [runView({ id: `run_${long}`, task: long, status: long, message: long })]
    const text = yield* toTable(runs, { colours: coloursFor({}, {}), width: undefined })
    expect(text.length).toBeLessThan(10_000)
  }).pipe(Effect.provide(TriggerClient.layerTest({}))))
