import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import { InvalidResponse, type RunUpdate, ServerError } from "effect-trigger-dev"
import type { TextResponse } from "../../../src/internal/api/responseError.js"
import * as Feed from "../../../src/internal/batch/feed.js"
import { skipColumns } from "../../../src/internal/batch/row.js"
import * as Realtime from "../../support/realtime.js"

const upToDate = { headers: { control: "up-to-date" } }

const row = (n: number, columns: object = {}): object => ({
  id: `r${n}`,
  friendlyId: `run_r${n}`,
  taskIdentifier: "task",
  status: "EXECUTING",
  createdAt: "2026-11-25T12:00:00.000",
  ...columns
})

const change = (operation: string, n: number, value: object) => ({ key: `key ${n}`, value, headers: { operation } })

const insert = (n: number, columns?: object) => change("insert", n, row(n, columns))

const ok = (
  messages: ReadonlyArray<unknown> | string,
  headers: TextResponse["headers"] = { "electric-handle": "h", "electric-offset": "5_0" }
): TextResponse => ({
  status: 200,
  headers,
  body: typeof messages === "string" ? messages : JSON.stringify(messages)
})

const step = (state: Feed.State, response: TextResponse) => {
  const step = Either.getOrThrow(Feed.read(state, response))
  return {
    state: step.state,
    updates: step.updates.map(({ update }) => update),
    ofOldEngine: new Set(step.updates.flatMap(({ ofOldEngine, update }) => ofOldEngine ? update.id : [])),
    upToDate: Feed.isUpToDate(step.state)
  }
}

/** The state after responses, in their order. */
const after = (...responses: ReadonlyArray<TextResponse>): Feed.State =>
  responses.reduce((state, response) => step(state, response).state, Feed.start)

/** What is wrong with a response that comes after others. */
const issue = (response: TextResponse, ...before: ReadonlyArray<TextResponse>) =>
  Either.getOrThrow(Either.flip(Feed.read(after(...before), response)))

const catchUp = (fields: object = {}): Feed.Position => ({
  _tag: "CatchUp",
  handle: "h",
  offset: "5_0",
  cursor: undefined,
  ...fields
})

const live = (fields: object = {}): Feed.Position => ({
  _tag: "Live",
  handle: "h",
  offset: "5_0",
  cursor: undefined,
  ...fields
})

const statuses = (updates: ReadonlyArray<RunUpdate>) => updates.map(({ id, status }) => `${id} ${status}`)

describe("the next request", () => {
  const rows: ReadonlyArray<readonly [name: string, position: Feed.Position, query: object, held: boolean]> = [
    ["is for everything at the start", Feed.start.position, { offset: "-1" }, false],
    ["names the handle of a new log", { _tag: "Start", handle: "h" }, { offset: "-1", handle: "h" }, false],
    ["goes on where the log was read to", catchUp(), { offset: "5_0", handle: "h" }, false],
    ["is held where all has been read", live(), { offset: "5_0", handle: "h", live: "true" }, true],
    [
      "sends the cursor back",
      live({ cursor: "c" }),
      { offset: "5_0", handle: "h", live: "true", cursor: "c" },
      true
    ]
  ]
  for (const [name, position, query, held] of rows) {
    it(name, () => {
      assert.deepStrictEqual<unknown>(Feed.parameters(position), query)
      assert.strictEqual(Feed.isUpToDate({ ...Feed.start, position }), held)
    })
  }

  it("does not ask for the columns that no update holds, nor skip one that an update needs", () => {
    assert.deepStrictEqual(skipColumns.split(","), [
      "payload",
      "payloadType",
      "metadata",
      "metadataType",
      "delayUntil",
      "queuedAt",
      "expiredAt",
      "number",
      "ttl",
      "realtimeStreams"
    ])
  })
})

describe("a recorded response", () => {
  for (const name of Realtime.names) {
    it(`${name} is read as what it holds`, () => {
      const { headers, text, updates } = Realtime.exchange(name)
      const result = step(Feed.start, ok(text, headers))
      assert.deepStrictEqual(result.updates, updates)
      assert.strictEqual(result.upToDate, true)
      assert.deepStrictEqual(result.ofOldEngine, new Set())
      assert.deepStrictEqual<unknown>(result.state.position, {
        _tag: "Live",
        handle: headers["electric-handle"] ?? headers["electric-shape-id"],
        offset: headers["electric-offset"] ?? headers["electric-chunk-last-offset"],
        cursor: headers["electric-cursor"]
      })
      assert.strictEqual(result.state.rows.size, updates.length)
      assert.deepStrictEqual([...result.state.reported.values()], updates)
    })
  }
})

describe("a recorded sequence", () => {
  const sequences: ReadonlyArray<
    readonly [name: string, steps: ReadonlyArray<readonly [recording: string, updates: ReadonlyArray<string>]>]
  > = [
    ["of a batch that was just created", [
      ["realtime-fresh-0-snapshot", []],
      ["realtime-fresh-1-poll", ["run_cmww4qx7b02hdqt7dvvjrygsk EXECUTING"]],
      ["realtime-fresh-2-poll", ["run_cmww4qx7b02hdqt7dvvjrygsk COMPLETED"]],
      ["realtime-fresh-3-poll", ["run_cmww4qx7e02heqt7d96lptgp9 DELAYED"]]
    ]],
    ["of a batch whose runs begin one after another", [
      ["realtime-live-0-snapshot-just-created", []],
      ["realtime-live-1-poll", ["run_cmww4bmow002xqt7dzsbhi0lt EXECUTING"]],
      ["realtime-live-2-poll", ["run_cmww4bmof002vqt7dm3p93pcs DEQUEUED"]]
    ]],
    ["of several changes at once, a hold without any, and another instance", [
      ["realtime-several-0-snapshot", [
        "run_cmww4fyi4003sqt7df7fvryq4 EXECUTING",
        "run_cmww4fyk4003xqt7dbccrfgk3 EXECUTING",
        "run_cmww4fyii003uqt7d70lzjuxj EXECUTING",
        "run_cmww4fyku003zqt7das4wpces EXECUTING",
        "run_cmww4fyhr003qqt7dfcbpx8hc EXECUTING"
      ]],
      ["realtime-several-1-poll", ["run_cmww4fyii003uqt7d70lzjuxj CANCELED"]],
      ["realtime-several-2-poll", [
        "run_cmww4fyhr003qqt7dfcbpx8hc CANCELED",
        "run_cmww4fyk4003xqt7dbccrfgk3 CANCELED",
        "run_cmww4fyi4003sqt7df7fvryq4 CANCELED"
      ]],
      ["realtime-several-3-poll", []],
      ["realtime-restart-poll-on-other-instance", ["run_cmww4fyku003zqt7das4wpces CANCELED"]]
    ]]
  ]
  for (const [name, steps] of sequences) {
    it(`${name}: each request is the recorded one, and each change is reported once`, () => {
      let state = Feed.start
      for (const [recording, expected] of steps) {
        const { headers, query, text } = Realtime.exchange(recording)
        assert.deepStrictEqual(Feed.parameters(state.position), query, recording)
        const result = step(state, ok(text, headers))
        assert.deepStrictEqual(statuses(result.updates), expected, recording)
        state = result.state
      }
    })
  }

  it("with a lost response: the snapshot after it reports what the lost response held, and nothing else", () => {
    const snapshot = Realtime.exchange("realtime-lost-0-snapshot")
    const lost = Realtime.exchange("realtime-lost-1-poll-response-discarded")
    const again = Realtime.exchange("realtime-lost-3-nonlive-same-handle")
    const known = after(ok(snapshot.text, snapshot.headers))
    assert.deepStrictEqual(Feed.parameters(known.position), lost.query)
    const state = Feed.afterLostResponse(known)
    assert.deepStrictEqual(Feed.parameters(state.position), again.query)
    const { state: { position, rows }, updates } = step(state, ok(again.text, again.headers))
    assert.deepStrictEqual(statuses(updates), ["run_cmww4qqje02h6qt7djmhel9aq CANCELED"])
    assert.deepStrictEqual(updates, lost.updates)
    assert.strictEqual(rows.size, 2)
    assert.strictEqual(position._tag, "Live")
  })

  it("with a lost response that is asked for again as it was: the change stays unknown", () => {
    const snapshot = Realtime.exchange("realtime-lost-0-snapshot")
    const again = Realtime.exchange("realtime-lost-2-same-poll-again")
    const { updates } = step(after(ok(snapshot.text, snapshot.headers)), ok(again.text, again.headers))
    assert.deepStrictEqual(updates, [])
  })
})

describe("a response", () => {
  it("without up-to-date is one of several: the next request comes at once, from its offset", () => {
    const first = step(Feed.start, ok([insert(1)], { "electric-handle": "h", "electric-offset": "0_0" }))
    assert.deepStrictEqual(statuses(first.updates), ["run_r1 EXECUTING"])
    assert.strictEqual(first.upToDate, false)
    assert.deepStrictEqual(first.state.position, catchUp({ offset: "0_0" }))
    const last = step(first.state, ok([insert(2), upToDate], { "electric-handle": "h", "electric-offset": "0_inf" }))
    assert.deepStrictEqual(statuses(last.updates), ["run_r2 EXECUTING"])
    assert.strictEqual(last.upToDate, true)
    assert.deepStrictEqual(last.state.position, live({ offset: "0_inf" }))
    assert.strictEqual(last.state.rows.size, 2)
  })

  it("that is not held names no cursor: the one before it stays", () => {
    const state = after(
      ok([upToDate], { "electric-handle": "h", "electric-offset": "1_0", "electric-cursor": "c" }),
      ok([insert(1)], { "electric-handle": "h", "electric-offset": "2_0" })
    )
    assert.deepStrictEqual(state.position, catchUp({ offset: "2_0", cursor: "c" }))
  })

  const empty: ReadonlyArray<readonly [name: string, response: TextResponse, offset: string]> = [
    ["with status 204 and without headers", { status: 204, headers: {}, body: "" }, "5_0"],
    [
      "with status 204 and with a new offset",
      { status: 204, headers: { "electric-handle": "h", "electric-offset": "6_0" }, body: "" },
      "6_0"
    ],
    ["with an empty body", ok(""), "5_0"],
    ["with a body of white space", ok(" \n"), "5_0"],
    ["with an empty list", ok(" [] "), "5_0"],
    ["with messages of other kinds after up-to-date", ok([upToDate, { headers: { control: "snapshot-end" } }]), "5_0"],
    ["with up-to-date alone", ok([upToDate], { "electric-handle": "h", "electric-offset": "6_0" }), "6_0"]
  ]
  for (const [name, response, offset] of empty) {
    it(`${name} says that nothing has changed`, () => {
      const state = after(ok([insert(1), upToDate]))
      const result = step(state, response)
      assert.deepStrictEqual(result.updates, [])
      assert.strictEqual(result.upToDate, true)
      assert.deepStrictEqual(result.state, { ...state, position: live({ offset }) })
    })
  }

  const headers: ReadonlyArray<readonly [name: string, headers: Record<string, string>]> = [
    ["without a schema", { "electric-handle": "h", "electric-offset": "5_0" }],
    ["with a schema of other columns", {
      "electric-handle": "h",
      "electric-offset": "5_0",
      "electric-schema": "{\"createdAt\":{\"type\":\"int4\"}}"
    }],
    ["with a broken schema", { "electric-handle": "h", "electric-offset": "5_0", "electric-schema": "{" }],
    ["with the older header names", { "electric-shape-id": "h", "electric-chunk-last-offset": "5_0" }]
  ]
  for (const [name, given] of headers) {
    it(`${name} is read as any other`, () => {
      const result = step(Feed.start, ok([insert(1), upToDate], given))
      assert.deepStrictEqual(statuses(result.updates), ["run_r1 EXECUTING"])
      assert.deepStrictEqual(result.state.position, live())
    })
  }

  it("may hold messages that are not known: they are ignored", () => {
    const { state, updates } = step(
      Feed.start,
      ok([
        insert(1, { payload: 1, newColumn: { a: [] } }),
        { headers: { control: "snapshot-end", xmin: "1" } },
        { headers: { event: "move-out", patterns: [] } },
        { key: "key 2", value: row(2), headers: { operation: "truncate" } },
        { headers: {} },
        upToDate
      ])
    )
    assert.deepStrictEqual(statuses(updates), ["run_r1 EXECUTING"])
    assert.strictEqual(state.rows.size, 1)
  })

  it("leaves the state that it steps as it was", () => {
    const state = after(ok([insert(1), upToDate]))
    step(state, ok([insert(2), change("delete", 1, {}), upToDate]))
    assert.deepStrictEqual(state, after(ok([insert(1), upToDate])))
  })
})

describe("a change", () => {
  const known = () => after(ok([insert(1, { output: "1", runTags: "{a}" }), upToDate]))

  it("of some columns leaves the others, and the update holds the whole run", () => {
    const { updates } = step(
      known(),
      ok([
        change("update", 1, { id: "r1", status: "COMPLETED_SUCCESSFULLY", completedAt: "2026-11-25 12:00:01" }),
        upToDate
      ])
    )
    assert.deepStrictEqual(updates, [{
      id: "run_r1",
      taskIdentifier: "task",
      status: "COMPLETED",
      createdAt: new Date("2026-11-25T12:00:00.000Z"),
      finishedAt: new Date("2026-11-25T12:00:01.000Z"),
      output: "1",
      tags: ["a"]
    }])
  })

  it("to null takes the field away", () => {
    const [update] = step(known(), ok([change("update", 1, { output: null, runTags: null }), upToDate])).updates
    assert.deepStrictEqual([update?.output, update?.tags], [undefined, []])
  })

  it("that inserts a row anew leaves nothing of the one before", () => {
    const [update] = step(known(), ok([insert(1), upToDate])).updates
    assert.deepStrictEqual([update?.output, update?.tags], [undefined, []])
  })

  it("that follows another one in the same response is reported with it, as one", () => {
    const { updates } = step(
      known(),
      ok([
        insert(2),
        change("update", 1, { status: "DEQUEUED" }),
        change("update", 1, { output: "2" }),
        upToDate
      ])
    )
    assert.deepStrictEqual(statuses(updates), ["run_r2 EXECUTING", "run_r1 DEQUEUED"])
    assert.strictEqual(updates[1]?.output, "2")
  })

  it("that changes nothing an update holds is not reported", () => {
    const { state, updates } = step(
      known(),
      ok([change("update", 1, { metadata: "{}", status: "EXECUTING" }), upToDate])
    )
    assert.deepStrictEqual(updates, [])
    assert.deepStrictEqual(state, known())
  })

  it("that only writes the same values in another way is not reported", () => {
    const { updates } = step(
      known(),
      ok([change("update", 1, { createdAt: "2026-11-25 12:00:00", runTags: "{\"a\"}" }), upToDate])
    )
    assert.deepStrictEqual(updates, [])
  })

  it("that deletes a row is not reported, and neither is what came of it before in the same response", () => {
    const { state, updates } = step(
      known(),
      ok([change("update", 1, { status: "DEQUEUED" }), { key: "key 1", headers: { operation: "delete" } }, upToDate])
    )
    assert.deepStrictEqual(updates, [])
    assert.strictEqual(state.rows.size, 0)
  })

  it("that deletes a row which is not known changes nothing", () => {
    assert.deepStrictEqual(step(known(), ok([change("delete", 9, {}), upToDate])).state, known())
  })

  it("that brings a deleted row back as it was is not reported again", () => {
    const state = step(known(), ok([change("delete", 1, {}), upToDate])).state
    const { updates } = step(state, ok([insert(1, { output: "1", runTags: "{a}" }), upToDate]))
    assert.deepStrictEqual(updates, [])
  })

  it("goes on at the same place of a log with another handle", () => {
    const result = step(
      after(ok([insert(1)])),
      ok([insert(2)], { "electric-handle": "other", "electric-offset": "5_0" })
    )
    assert.deepStrictEqual(result.state.position, catchUp({ handle: "other" }))
  })

  it("says which of the changed runs the old engine executed", () => {
    const { ofOldEngine } = step(known(), ok([insert(1), insert(2, { id: "other" }), insert(3), upToDate]))
    assert.deepStrictEqual(ofOldEngine, new Set(["run_r2"]))
  })
})

describe("a log that the server has dropped", () => {
  const known = () => after(ok([insert(1), insert(2), upToDate]))
  const mustRefetch = { headers: { control: "must-refetch" } }
  const handle = (name: string) => ({ "electric-handle": name })

  const rows: ReadonlyArray<readonly [name: string, response: TextResponse, handle: string | undefined]> = [
    ["with 409 and a new handle", { status: 409, headers: handle("new"), body: JSON.stringify([mustRefetch]) }, "new"],
    ["with 409 and no more than a new handle", { status: 409, headers: handle("new"), body: "" }, "new"],
    [
      "with 409 and the old handle",
      { status: 409, headers: handle("h"), body: JSON.stringify([mustRefetch]) },
      undefined
    ],
    ["with 409 and no handle", { status: 409, headers: {}, body: JSON.stringify([mustRefetch]) }, undefined],
    ["in a 200 with a new handle", ok([insert(3), mustRefetch, insert(4)], handle("new")), "new"],
    ["in a 200 with up-to-date and the old handle", ok([upToDate, mustRefetch]), undefined]
  ]
  for (const [name, response, expected] of rows) {
    it(`${name} is read from the start, and what was reported is remembered`, () => {
      assert.deepStrictEqual(step(known(), response), {
        state: { ...known(), position: { _tag: "Start", handle: expected }, rows: new Map() },
        updates: [],
        ofOldEngine: new Set<string>(),
        upToDate: false
      })
    })
  }

  it("is read again without reporting again what has not changed", () => {
    const { state } = step(known(), { status: 409, headers: handle("new"), body: "" })
    const { state: { position }, updates } = step(
      state,
      ok([insert(1), insert(2, { status: "CANCELED" }), insert(3), upToDate], {
        "electric-handle": "new",
        "electric-offset": "0_0"
      })
    )
    assert.deepStrictEqual(statuses(updates), ["run_r2 CANCELED", "run_r3 EXECUTING"])
    assert.deepStrictEqual(position, live({ handle: "new", offset: "0_0" }))
  })
})

describe("after a lost response", () => {
  const known = () =>
    after(
      ok([insert(1), upToDate], { "electric-handle": "h", "electric-offset": "5_0", "electric-cursor": "c" })
    )

  it("the same place is asked for without waiting, and all that is known is kept", () => {
    assert.deepStrictEqual(Feed.afterLostResponse(known()), { ...known(), position: catchUp({ cursor: "c" }) })
  })

  it("to a request that is not held, the same request comes again", () => {
    const chunk = after(ok([insert(1)]))
    assert.strictEqual(Feed.afterLostResponse(chunk), chunk)
    assert.strictEqual(Feed.afterLostResponse(Feed.start), Feed.start)
  })

  it("a snapshot that lacks a run leaves the run known", () => {
    const { state, updates } = step(Feed.afterLostResponse(known()), ok([insert(2), upToDate]))
    assert.deepStrictEqual(statuses(updates), ["run_r2 EXECUTING"])
    assert.strictEqual(state.rows.size, 2)
  })
})

describe("the runs that the feed shows", () => {
  it("are those whose rows exist, whatever has been reported", () => {
    const shown = (...responses: ReadonlyArray<TextResponse>) => [...Feed.shown(after(...responses))]
    const first = ok([insert(1), insert(2), upToDate])
    assert.deepStrictEqual(shown(), [])
    assert.deepStrictEqual(shown(first), ["run_r1", "run_r2"])
    assert.deepStrictEqual(shown(first, ok([change("delete", 1, {}), upToDate])), ["run_r2"])
    assert.deepStrictEqual(shown(first, { status: 409, headers: { "electric-handle": "new" }, body: "" }), [])
  })

  it("are those of a new snapshot alone, and of a held response besides those from before", () => {
    const known = after(ok([insert(1), insert(2), upToDate]))
    const again = ok([insert(2), insert(3), upToDate])
    assert.deepStrictEqual([...Feed.shown(step(Feed.afterLostResponse(known), again).state)], ["run_r2", "run_r3"])
    assert.deepStrictEqual([...Feed.shown(step(known, again).state)], ["run_r1", "run_r2", "run_r3"])
  })
})

describe("an issue", () => {
  const place = { "electric-handle": "h", "electric-offset": "5_0" }
  const list = "Expected a list of messages, actual"
  /** More is to be read, at the same place. */
  const chunk = [ok([insert(1)])]
  const rows: ReadonlyArray<
    readonly [
      name: string,
      response: TextResponse,
      path: string,
      reason: string,
      before?: ReadonlyArray<TextResponse>
    ]
  > = [
    ["an object", ok("{\"error\":\"x\"}"), "", `${list} an object`],
    ["a message that is null", ok("[null]"), "[0]", "Expected a message, actual null"],
    ["a message that is a list", ok([upToDate, []]), "[1]", "Expected a message, actual an array"],
    [
      "a message without headers",
      ok([{ key: "k", value: row(1) }]),
      "[0].headers",
      "Expected the headers of a message, actual nothing"
    ],
    [
      "a change without a key",
      ok([{ value: row(1), headers: { operation: "insert" } }]),
      "[0].key",
      "Expected the key of a row, actual nothing"
    ],
    [
      "a change whose key is a number",
      ok([{ key: 1, headers: { operation: "delete" } }]),
      "[0].key",
      "Expected the key of a row, actual a number"
    ],
    [
      "a change without a value",
      ok([{ key: "k", headers: { operation: "insert" } }]),
      "[0].value",
      "Expected the columns of a row, actual nothing"
    ],
    [
      "a change whose value is text",
      ok([{ key: "k", value: "v", headers: { operation: "update" } }]),
      "[0].value",
      "Expected the columns of a row, actual \"v\""
    ],
    [
      "a column that is not text",
      ok([insert(1), insert(2, { output: {} })]),
      "[1].value.output",
      "Expected text or null, actual an object"
    ],
    [
      "a column that cannot be decoded",
      ok([insert(1), insert(2), upToDate, insert(3, { createdAt: "now" })]),
      "[3].value.createdAt",
      "Expected a time in UTC such as \"2026-11-25T12:45:38.424\", actual \"now\""
    ],
    [
      "a run id that would reach another route",
      ok([insert(1, { friendlyId: "run_/.." })]),
      "[0].value.friendlyId",
      "Expected a run id such as \"run_1234\", actual \"run_/..\""
    ],
    [
      "an update of some columns of a row that is not known",
      ok([change("update", 1, { status: "PENDING" })]),
      "[0].value.friendlyId",
      "Expected a run id such as \"run_1234\", actual nothing"
    ],
    [
      "no handle",
      ok([upToDate], { "electric-offset": "5_0" }),
      "headers[\"electric-handle\"]",
      "Expected the handle of the log, actual nothing"
    ],
    [
      "an empty handle",
      ok([upToDate], { ...place, "electric-handle": "" }),
      "headers[\"electric-handle\"]",
      "Expected the handle of the log, actual nothing"
    ],
    [
      "no offset",
      ok([upToDate], { "electric-handle": "h" }),
      "headers[\"electric-offset\"]",
      "Expected the place that was reached in the log, actual nothing"
    ],
    [
      "no place though there is content",
      ok([upToDate], {}),
      "headers[\"electric-handle\"]",
      "Expected the handle of the log, actual nothing",
      chunk
    ],
    [
      "204 to the first request without a place",
      { status: 204, headers: {}, body: "" },
      "headers[\"electric-handle\"]",
      "Expected the handle of the log, actual nothing"
    ],
    [
      "more to read at the same place",
      ok([insert(2)], place),
      "headers[\"electric-offset\"]",
      "Expected a place further on, as there is more to read, actual \"5_0\"",
      chunk
    ],
    [
      "409 that is not the feed's",
      { status: 409, headers: {}, body: "{\"error\":\"Conflict\"}" },
      "",
      `${list} an object`
    ],
    [
      "409 without must-refetch",
      { status: 409, headers: {}, body: "[]" },
      "",
      "Expected a must-refetch message, as the status is 409, actual an array"
    ]
  ]
  for (const [name, response, path, reason, before = []] of rows) {
    it(`is ${name}`, () => {
      assert.deepStrictEqual(issue(response, ...before), { path, reason })
    })
  }

  for (const body of ["<html>", "[{\"key\":"]) {
    it(`is none where the body is not JSON, such as ${body}`, () => {
      assert.deepStrictEqual(Feed.read(Feed.start, ok(body)), Either.left(undefined))
    })
  }
})

describe("a hostile response", () => {
  it("cannot set a prototype", () => {
    const { state, updates } = step(
      Feed.start,
      ok(
        `[{"key":"__proto__","value":${
          JSON.stringify(row(1)).replace("{", "{\"__proto__\":{\"output\":\"x\"},")
        },"headers":{"operation":"insert","__proto__":{"control":"must-refetch"}}},${JSON.stringify(upToDate)}]`
      )
    )
    assert.deepStrictEqual(statuses(updates), ["run_r1 EXECUTING"])
    assert.strictEqual(updates[0]?.output, undefined)
    assert.deepStrictEqual([...state.rows.keys()], ["__proto__"])
    assert.strictEqual(Object.getPrototypeOf(updates[0]), Object.prototype)
  })

  it("does not throw where it is nested 100,000 levels deep", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`
    const inError = `{"type":"NEW_ERROR","cause":${deep}}`
    const read = (body: string) => Either.isRight(Feed.read(Feed.start, ok(body)))
    assert.strictEqual(read(deep), false)
    assert.strictEqual(read(`[{"key":"k","value":{"createdAt":${deep}},"headers":{"operation":"insert"}}]`), false)
    assert.strictEqual(read(JSON.stringify([insert(1, { error: inError }), upToDate])), true)
    const state = after(ok([insert(1, { error: inError }), upToDate]))
    assert.deepStrictEqual(step(state, ok([insert(1, { error: inError }), upToDate])).updates, [])
  })

  it("may hold 100,000 rows, or 100,000 changes of one row, and is read in about the time of its size", () => {
    const many = (length: number, row: (index: number) => unknown) =>
      JSON.stringify([...Array.from({ length }, (_, index) => row(index)), upToDate])
    const rows = step(Feed.start, ok(many(100_000, (index) => insert(index))))
    assert.lengthOf(rows.updates, 100_000)
    assert.lengthOf(step(rows.state, ok(many(100_000, (index) => insert(index)))).updates, 0)
    const changes = step(Feed.start, ok(many(100_000, (index) => insert(1, { usageDurationMs: String(index) }))))
    assert.deepStrictEqual(changes.updates.map(({ durationMs }) => durationMs), [99_999])
    const tags = step(Feed.start, ok([insert(1, { runTags: `{${"a,\"b\",".repeat(100_000)}c}` }), upToDate]))
    assert.lengthOf(tags.updates[0]?.tags ?? [], 200_001)
  })

  it("that gives one run two keys is reported once", () => {
    const { updates } = step(
      Feed.start,
      ok([insert(1), change("insert", 2, row(1, { status: "CANCELED" })), upToDate])
    )
    assert.deepStrictEqual(statuses(updates), ["run_r1 CANCELED"])
  })
})

describe("a failure of the server", () => {
  const fault = new InvalidResponse({ endpoint: "GET /x", path: "", reason: "Expected a list" })
  const known = () => Feed.afterLostResponse(after(ok([insert(1), upToDate])))

  it("may be one of the place that was reached", () => {
    assert.isTrue(Feed.mayRestart(known(), fault))
    assert.isFalse(Feed.mayRestart(known(), new ServerError({ endpoint: "GET /x", status: 503 })))
    assert.isFalse(Feed.mayRestart(Feed.start, fault))
  })

  it("is followed by a start from the beginning, which reports nothing again", () => {
    const { updates } = step(Feed.afterFailure(known()), ok([insert(1), insert(2), upToDate]))
    assert.deepStrictEqual(statuses(updates), ["run_r2 EXECUTING"])
  })

  it("is no fault of the place until all has been read again", () => {
    const restarted = step(Feed.afterFailure(known()), ok([insert(1)])).state
    assert.isFalse(Feed.mayRestart(restarted, fault))
    const dropped = step(restarted, { status: 409, headers: { "electric-handle": "new" }, body: "" }).state
    assert.isFalse(Feed.mayRestart(step(dropped, ok([insert(1)])).state, fault))
    assert.isTrue(
      Feed.mayRestart(
        step(restarted, ok([upToDate], { "electric-handle": "h", "electric-offset": "6_0" })).state,
        fault
      )
    )
  })
})
