/**
 * Shows the failures by message, with one example each.
 */
import type { JSX } from "preact"
import { RunError } from "../../RunError.js"
import type { RunView } from "../runs.js"
import { lines, oneLine } from "../terminal/plain.js"
import type { FailureGroup } from "./group.js"
import { RunLink } from "./parts.js"

/** How many characters of a stack trace the page holds. */
const longest = 4000

/** The stack trace, or the message where there is none. */
export const failureText = (run: RunView): string => {
  const error = run.result?.ok === false ? run.result.error : undefined
  const stackTrace = error === undefined ? undefined : RunError.stackTrace(error)
  return lines((stackTrace ?? run.message ?? "no reason given").slice(0, longest))
}

const Failure = ({ dashboard, group: { pattern, runs, status, tasks }, index }: {
  readonly group: FailureGroup
  readonly index: number
  readonly dashboard: string | undefined
}): JSX.Element => {
  const [example] = runs
  return (
    <li>
      <details>
        <summary>
          <span class="count failed">{`${runs.length}×`}</span>
          <span class="said">{pattern}</span>
          <span class="soft">{oneLine(`${tasks.join(", ")} · ${status}`)}</span>
        </summary>
        {example === undefined ? null : (
          <div>
            <p>
              {runs.length === 1 ? "Run " : "For example "}
              <RunLink run={example} dashboard={dashboard} />
            </p>
            <pre tabindex={0}>{failureText(example)}</pre>
          </div>
        )}
        <button type="button" data-group={index} hidden>
          {runs.length === 1 ? "Show the run" : `Show the ${runs.length} runs`}
        </button>
      </details>
    </li>
  )
}

export const Failures = ({ dashboard, failures }: {
  readonly failures: ReadonlyArray<FailureGroup>
  readonly dashboard: string | undefined
}): JSX.Element => (
  <section aria-labelledby="failures">
    <h2 id="failures">Failures</h2>
    {failures.length === 0
      ? <p class="soft">None.</p>
      : (
        <ul class="cards">
          {failures.map((group, index) => <Failure key={index} group={group} index={index} dashboard={dashboard} />)}
        </ul>
      )}
  </section>
)
