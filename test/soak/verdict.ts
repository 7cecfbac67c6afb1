/**
 * What a soak must show, and what of it was not so.
 */
import { type ClientFigures, type Handles, median, type Sample, type ServerFigures } from "./figures.js"
import { settings } from "./world.js"

const megabyte = 2 ** 20

/** The most that memory may grow. */
const margins = {
  /**
   * From the second quarter of the run to the last, of the medians of the samples while all fibers are at work. What is
   * under way differs from one sample to the next by up to 10 MB, and the medians of eight of them by a few.
   */
  busy: 6 * megabyte,
  /**
   * From the end of the warm-up to the end of the run, with nothing under way. Code that is compiled and optimised
   * meanwhile takes one to two; a kilobyte that each call left behind would take five or more.
   */
  quiet: 4 * megabyte
} as const

/** A shorter run says nothing about growth: what is compiled meanwhile outweighs it. */
const shortest = 20

const memory = (sample: Sample): number => sample.heap + sample.external

/** The medians of the second and of the last quarter. */
export const quarters = (samples: ReadonlyArray<Sample>): { readonly second: number; readonly last: number } => {
  const quarter = Math.floor(samples.length / 4)
  const of = (part: ReadonlyArray<Sample>) => median(part.map(memory))
  return { second: of(samples.slice(quarter, 2 * quarter)), last: of(samples.slice(samples.length - quarter)) }
}

/** Every fiber has a request under way, and bulk reading and downloads theirs; and an abort leaves a spare connection. */
export const connectionsAllowed = (fibers: number): number => 2 * (fibers + 2 * settings.concurrency)

export const isJudged = ({ seconds }: ClientFigures): boolean => seconds >= shortest

const mb = (bytes: number): string => `${(bytes / megabyte).toFixed(1)} MB`

const more = (before: Handles, after: Handles): ReadonlyArray<string> =>
  Object.entries(after)
    .filter(([kind, count]) => count > (before[kind] ?? 0))
    .map(([kind, count]) => `${count} ${kind}, and ${before[kind] ?? 0} before the first call`)

/** Nothing where all is well. */
export const verdict = (client: ClientFigures, server: ServerFigures, fibers: number): ReadonlyArray<string> => {
  const { after, before, closed, first } = client.quiet
  const { last, second } = quarters(client.samples)
  const growth = memory(after) - memory(before)
  const reasons: ReadonlyArray<readonly [isWrong: boolean, reason: string]> = [
    [client.wrong.count > 0, `${client.wrong.count} calls ended wrong: ${client.wrong.first.join("\n")}`],
    [client.calls.some(({ count }) => count === 0), "a kind of call was never made"],
    [
      isJudged(client) && !(last - second <= margins.busy),
      `memory grew by ${mb(last - second)} from the second quarter to the last, and may by ${mb(margins.busy)}`
    ],
    [
      isJudged(client) && !(growth <= margins.quiet),
      `memory grew by ${mb(growth)} with nothing under way, and may by ${mb(margins.quiet)}`
    ],
    [
      server.mostConnections > connectionsAllowed(fibers),
      `${server.mostConnections} connections were open at once, and ${connectionsAllowed(fibers)} may`
    ],
    [closed.fibers > 0, `${closed.fibers} fibers are left`],
    [server.underWay > 0, `${server.underWay} requests are still under way`],
    [server.connections > 0, `${server.connections} connections are still open`],
    [client.alarms.length > 0, client.alarms.join("\n")],
    ...more(first.handles, closed.handles).map((reason) => [true, `still open: ${reason}`] as const)
  ]
  return reasons.filter(([isWrong]) => isWrong).map(([, reason]) => reason)
}
