import { assert, describe, it } from "@effect/vitest"
import type { ClientFigures, Sample, ServerFigures } from "./figures.js"
import { verdict } from "./verdict.js"

const megabyte = 2 ** 20

const sample = (heap = 50): Sample => ({
  heap: heap * megabyte,
  external: 0,
  resident: 0,
  handles: { PipeWrap: 1 },
  fibers: 0
})

const client: ClientFigures = {
  seconds: 60,
  calls: [{ name: "getBatchResults", count: 1_000, interrupted: 0, p50: 1, p99: 2 }],
  all: { count: 1_000, p50: 1, p99: 2 },
  requests: 1_200,
  retries: 200,
  wrong: { count: 0, first: [] },
  samples: Array.from({ length: 60 }, () => sample()),
  quiet: { first: sample(30), before: sample(), after: sample(), closed: sample() },
  alarms: []
}

const server: ServerFigures = { faults: {}, requests: 1_200, underWay: 0, connections: 0, mostConnections: 200 }

const growing = Array.from({ length: 60 }, (_, index) => sample(50 + index))

const cases: ReadonlyArray<readonly [name: string, reason: RegExp, ClientFigures, ServerFigures?]> = [
  ["a call that ended wrong", /1 calls ended wrong: why/, { ...client, wrong: { count: 1, first: ["why"] } }],
  ["a kind of call that was not made", /never made/, {
    ...client,
    calls: [{ ...client.all, name: "", interrupted: 0, count: 0 }]
  }],
  ["memory that grows at work", /grew by 30.0 MB from the second quarter to the last/, { ...client, samples: growing }],
  [
    "memory that is left after the calls",
    /grew by 10.0 MB with nothing under way/,
    { ...client, quiet: { ...client.quiet, after: sample(60) } }
  ],
  ["too many connections at once", /5000 connections were open at once/, client, { ...server, mostConnections: 5_000 }],
  ["a fiber that is left", /1 fibers are left/, {
    ...client,
    quiet: { ...client.quiet, closed: { ...sample(), fibers: 1 } }
  }],
  ["a request without a response", /1 requests are still under way/, client, { ...server, underWay: 1 }],
  ["a connection that is left", /1 connections are still open/, client, { ...server, connections: 1 }],
  ["a rejection that nobody handled", /unhandled/, { ...client, alarms: ["unhandled rejection: …"] }],
  [
    "a handle that is left",
    /still open: 2 Timeout, and 0 before/,
    { ...client, quiet: { ...client.quiet, closed: { ...sample(), handles: { PipeWrap: 1, Timeout: 2 } } } }
  ]
]

describe("the verdict of a soak", () => {
  it("finds nothing where there is nothing", () => assert.deepStrictEqual(verdict(client, server, 200), []))

  for (const [name, reason, ofClient, ofServer = server] of cases) {
    it(`names ${name}`, () => {
      const reasons = verdict(ofClient, ofServer, 200)
      assert.lengthOf(reasons, 1)
      assert.match(reasons[0] ?? "", reason)
    })
  }

  it("does not judge the memory of a short run", () =>
    assert.deepStrictEqual(verdict({ ...client, seconds: 3, samples: growing }, server, 200), []))
})
