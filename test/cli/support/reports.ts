/** Reports of simulated batches, as the command writes them. */
import { Clock, Effect } from "effect"
import { type SimulatedRun, TriggerSimulator } from "effect-trigger-dev/testing"
import { pageOf } from "../../../src/cli/commands/report.js"
import { readRunsAndTimes } from "../../../src/cli/read.js"
import { analyse } from "../../../src/cli/report/analysis.js"

/** The page of a batch of these runs. */
export const reportOf = (
  runs: ReadonlyArray<SimulatedRun>,
  options: { readonly dashboard?: string } = {}
): Promise<string> =>
  Effect.gen(function*() {
    const simulator = yield* TriggerSimulator
    const { id } = yield* simulator.createBatch({ id: "batch_reported", runs })
    const snapshot = yield* readRunsAndTimes(id)
    return yield* pageOf(analyse(snapshot, yield* Clock.currentTimeMillis), options.dashboard)
  }).pipe(Effect.provide(TriggerSimulator.layerClient({ rateLimit: "off" })), Effect.runPromise)
