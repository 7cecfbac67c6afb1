/**
 * `results`: the result of every run.
 */
import * as Effect from "effect/Effect"
import { getBatchResults } from "../../TriggerClient.js"
import { ExitCode } from "../exitCode.js"
import type { ConnectionOptions } from "../options.js"
import { readRuns } from "../read.js"
import { printResults, type ResultsOptions } from "../results/print.js"
import { recordBody } from "../results/raw.js"
import { run } from "../run.js"

export const results = (
  batchId: string,
  options: ResultsOptions & ConnectionOptions & { readonly raw?: true }
): Promise<ExitCode> => {
  if (options.raw === true) {
    const body = recordBody()
    return run(
      Effect.as(Effect.zipRight(getBatchResults(batchId), body.print), ExitCode.success),
      options,
      body.observe
    )
  }
  return run(Effect.flatMap(readRuns(batchId), (snapshot) => printResults(snapshot, options)), options)
}
