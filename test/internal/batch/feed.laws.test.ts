import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import type { RunUpdate } from "effect-trigger-dev"
import type { TextResponse } from "../../../src/internal/api/responseError.js"
import * as Feed from "../../../src/internal/batch/feed.js"
import { decode } from "../../../src/internal/batch/row.js"

/** A run as the server's database has it. */
interface Run {
  readonly n: number
  readonly status: "EXECUTING" | "CANCELED"
  readonly updatedAt: Date
  readonly output: string | null
  readonly tags: ReadonlyArray<string>
  readonly durationMs: number
}

/** What a subscriber must be told of it. */
const updateOf = ({ durationMs, n, output, status, tags, updatedAt }: Run): RunUpdate => ({
  id: `run_${n}`,
  taskIdentifier: "task",
  status,
  createdAt: new Date(0),
  updatedAt,
  durationMs,
  tags,
  isTest: n % 2 === 1,
  ...(output === null ? {} : { output })
})

type Backend = "native" | "Electric"

/** The columns in the words of either backend. */
const columnsOf = (run: Run, backend: Backend): Record<string, string | null> => {
  const time = (date: Date) =>
    backend === "native" ? date.toISOString().slice(0, -1) : date.toISOString().replace("T", " ").replace("Z", "000")
  const flag = run.n % 2 === 1
  const quoted = run.tags.map((tag) => `"${tag.replace(/[\\"]/g, "\\$&")}"`)
  return {
    id: String(run.n),
    friendlyId: `run_${run.n}`,
    taskIdentifier: "task",
    status: run.status,
    createdAt: time(new Date(0)),
    updatedAt: time(run.updatedAt),
    usageDurationMs: String(run.durationMs),
    output: run.output,
    runTags: run.tags.length === 0 && backend === "native" ? null : `{${quoted.join(",")}}`,
    isTest: backend === "native" ? flag ? "t" : "f" : String(flag),
    payload: "a payload"
  }
}

const keyOf = (n: number) => `"public"."TaskRun"/"${n}"`

/** A message, and the run as it is with it; undefined where it is deleted. */
interface Entry {
  readonly n: number
  readonly run: Run | undefined
  readonly message: object
}

const inserted = (run: Run, backend: Backend): Entry => ({
  n: run.n,
  run,
  message: { key: keyOf(run.n), value: columnsOf(run, backend), headers: { operation: "insert" } }
})

const updated = (before: Run, run: Run, backend: Backend): Entry => {
  const old = columnsOf(before, backend)
  const value = Object.entries(columnsOf(run, backend))
    .filter(([name, text]) => backend === "native" || name === "id" || text !== old[name])
  return {
    n: run.n,
    run,
    message: { key: keyOf(run.n), value: Object.fromEntries(value), headers: { operation: "update" } }
  }
}

const deleted = (n: number): Entry => ({
  n,
  run: undefined,
  message: { key: keyOf(n), value: { id: String(n) }, headers: { operation: "delete" } }
})

type Event =
  | { readonly _tag: "Write"; readonly run: Run }
  | { readonly _tag: "Delete"; readonly n: number }
  /** The client reads until it is up to date; responses hold at most `size` messages. */
  | { readonly _tag: "Read"; readonly size: number }
  /** The next response does not arrive. */
  | { readonly _tag: "Lose" }
  /** The server drops the log, and is another backend from now on. */
  | { readonly _tag: "Drop"; readonly backend: Backend; readonly status: 200 | 409; readonly names: boolean }

const runs = 6

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      _tag: fc.constant("Write" as const),
      run: fc.record({
        n: fc.nat(runs - 1),
        status: fc.constantFrom("EXECUTING" as const, "CANCELED" as const),
        updatedAt: fc.nat(2).map((seconds) => new Date(seconds * 1000)),
        output: fc.constantFrom(null, "", "{\"json\":1}"),
        tags: fc.array(fc.constantFrom("a", "q\"x", "b\\,c"), { maxLength: 2 }),
        durationMs: fc.nat(2)
      })
    })
  },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Delete" as const), n: fc.nat(runs - 1) }) },
  { weight: 4, arbitrary: fc.record({ _tag: fc.constant("Read" as const), size: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 1, arbitrary: fc.constant({ _tag: "Lose" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      _tag: fc.constant("Drop" as const),
      backend: fc.constantFrom("native" as const, "Electric" as const),
      status: fc.constantFrom(200 as const, 409 as const),
      names: fc.boolean()
    })
  }
)

/** A server with its log, which responds to the requests that the client's position makes. */
const makeServer = (backend: Backend) => {
  const database = new Map<number, Run>()
  let log: ReadonlyArray<Entry> = []
  let handle = 0
  let offset = 0
  let dropped: Extract<Event, { _tag: "Drop" }> | undefined
  const snapshot = () => [...database.values()].map((run) => inserted(run, backend))

  const append = (entry: Entry) => {
    log = [...log, entry]
  }

  /** The entries of the next response, and the response. */
  const respond = (query: Readonly<Record<string, string>>, size: number) => {
    const place = { "electric-handle": `handle ${handle}`, "electric-offset": `${++offset}_0` }
    if (dropped !== undefined && query["handle"] !== undefined && query["handle"] !== place["electric-handle"]) {
      const { names, status } = dropped
      dropped = undefined
      const response: TextResponse = {
        status,
        headers: names ? place : {},
        body: JSON.stringify([...log.slice(0, 1).map(({ message }) => message), {
          headers: { control: "must-refetch" }
        }])
      }
      return { entries: [], response }
    }
    if (query["offset"] === "-1") {
      log = snapshot()
    }
    const entries = log.slice(0, size)
    log = log.slice(size)
    const end = log.length === 0 ? [{ headers: { control: "up-to-date" } }] : []
    const response: TextResponse = {
      status: 200,
      headers: place,
      body: JSON.stringify([...entries.map(({ message }) => message), ...end])
    }
    return { entries, response }
  }

  return {
    database,
    respond,
    write: (run: Run) => {
      const before = database.get(run.n)
      database.set(run.n, run)
      append(before === undefined ? inserted(run, backend) : updated(before, run, backend))
    },
    delete: (n: number) => {
      if (database.delete(n)) {
        append(deleted(n))
      }
    },
    /** A response is lost: what it held comes again only in a snapshot, as its server remembers what it sent. */
    lose: () => {
      const gone = new Set(log.filter(({ run }) => run === undefined).map(({ n }) => n))
      log = [...[...gone].map(deleted), ...snapshot()]
    },
    drop: (event: Extract<Event, { _tag: "Drop" }>) => {
      dropped = event
      backend = event.backend
      handle++
      log = snapshot()
    }
  }
}

describe("whatever happens to the runs, the log and the responses", () => {
  const scenario = fc.record({
    backend: fc.constantFrom("native" as const, "Electric" as const),
    events: fc.array(event, { minLength: 1, maxLength: 40 })
  })

  it("the rows are the truth in the end, and each change that a response shows is reported once", () => {
    let reports = 0
    fc.assert(
      fc.property(scenario, ({ backend, events }) => {
        const server = makeServer(backend)
        const reported = new Map<number, RunUpdate>()
        let state = Feed.start

        const read = (size: number) => {
          let requests = 0
          do {
            const { entries, response } = server.respond(Feed.parameters(state.position), size)
            const last = new Map(entries.map(({ n, run }) => [n, run]))
            const expected = [...last].flatMap(([n, run]) => {
              const update = run === undefined ? undefined : updateOf(run)
              if (update === undefined || JSON.stringify(sorted(update)) === JSON.stringify(sorted(reported.get(n)))) {
                return []
              }
              reported.set(n, update)
              return [update]
            })
            const step = Either.getOrThrow(Feed.read(state, response))
            assert.deepStrictEqual(byId(step.updates.map(({ update }) => update)), byId(expected))
            reports += expected.length
            state = step.state
            assert.isBelow(++requests, 1000)
          } while (!Feed.isUpToDate(state))
        }

        for (const event of events) {
          switch (event._tag) {
            case "Write":
              server.write(event.run)
              break
            case "Delete":
              server.delete(event.n)
              break
            case "Read":
              read(event.size)
              break
            case "Lose":
              if (Feed.isUpToDate(state)) {
                server.lose()
                state = Feed.afterLostResponse(state)
                assert.strictEqual(Feed.isUpToDate(state), false)
              }
              break
            case "Drop":
              server.drop(event)
              break
          }
        }
        read(3)
        const rows = [...state.rows.values()].map((columns) => Either.getOrThrow(decode(columns, 0)).update)
        assert.deepStrictEqual(byId(rows), byId([...server.database.values()].map(updateOf)))
      }),
      { numRuns: 2000 }
    )
    assert.isAbove(reports, 2000)
  })
})

const byId = (updates: ReadonlyArray<RunUpdate>) => [...updates].sort((a, b) => a.id < b.id ? -1 : 1)

const sorted = (update: RunUpdate | undefined) => Object.entries(update ?? {}).sort(([a], [b]) => a < b ? -1 : 1)
