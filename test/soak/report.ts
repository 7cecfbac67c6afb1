/**
 * The figures of a soak as tables.
 */
import type { ClientFigures, Sample, ServerFigures } from "./figures.js"
import { connectionsAllowed, isJudged, quarters } from "./verdict.js"

const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`

const millis = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`

const count = (value: number): string => value.toLocaleString("en-GB")

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row.map((cell, column) => column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))
        .join("  ").trimEnd()
    )
    .join("\n")
}

const memory = ({ external, heap, resident }: Sample): ReadonlyArray<string> => [heap, external, resident].map(mb)

const handles = ({ handles }: Sample): string =>
  Object.entries(handles).map(([kind, count]) => `${count} ${kind}`).join(", ") || "none"

export const report = (client: ClientFigures, server: ServerFigures, fibers: number): string => {
  const { after, before, closed, first } = client.quiet
  const { last, second } = quarters(client.samples)
  const injected = Object.values(server.faults).reduce((sum, times) => sum + times, 0)
  return [
    table([
      ["calls", "number", "interrupted", "p50", "p99"],
      ...client.calls.map((call) => [
        call.name,
        count(call.count),
        count(call.interrupted),
        millis(call.p50),
        millis(call.p99)
      ]),
      ["all", count(client.all.count), "", millis(client.all.p50), millis(client.all.p99)]
    ]),
    table([
      ["faults, warm-up included", "number"],
      ...Object.entries(server.faults).map(([name, times]) => [name, count(times)]),
      ["all", count(injected)]
    ]),
    table([
      ["memory after garbage collection", "heap", "external", "resident"],
      ["before the first call", ...memory(first)],
      ["after the warm-up", ...memory(before)],
      ["after the last call", ...memory(after)],
      ["client closed", ...memory(closed)]
    ]),
    table([
      ["figure", "value"],
      ["calls a second", (client.all.count / client.seconds).toFixed(0)],
      ["calls that ended wrong", count(client.wrong.count)],
      ["requests", count(client.requests)],
      ["retries", count(client.retries)],
      [
        "heap and external at work, second and last quarter",
        `${mb(second)} and ${mb(last)}${isJudged(client) ? "" : " (too short to be judged)"}`
      ],
      ["connections at once: most, and most allowed", `${server.mostConnections} and ${connectionsAllowed(fibers)}`],
      ["handles before the first call", handles(first)],
      ["handles at the end", handles(closed)],
      ["server at the end: requests under way, connections", `${server.underWay} and ${server.connections}`],
      ["fibers at the end", count(closed.fibers)],
      ["unhandled rejections, uncaught exceptions, warnings", count(client.alarms.length)]
    ])
  ].join("\n\n")
}
