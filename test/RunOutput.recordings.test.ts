import { assert, describe, it } from "@effect/vitest"
import { parsePacket } from "@trigger.dev/core/v3"
import { Effect, Schema } from "effect"
import {
  getBatchResults,
  RunOutput,
  type RunResult,
  RunResult as RunResults,
  type RunSuccess
} from "effect-trigger-dev"
import * as Recording from "./support/recording.js"
import * as Scripted from "./support/scriptedHttp.js"

const { headers, status, text } = Recording.read("200-mixed")

const packet = Recording.read("packets-GET-okstore")

const hello = { hello: "world", big: "x".repeat(200_000) }

/** The recorded server, with what its object store held: two objects of three. */
const http = Scripted.make(({ url }) =>
  url.endsWith("/results")
    ? { status, headers, body: text }
    : url.includes("/packets/run_cmrealokstore000000000000/")
    ? { status: packet.status, headers: packet.headers, body: packet.text }
    : url.includes("/api/v1/packets/")
    ? Scripted.json({
      presignedUrl: `http://127.0.0.1:8033/${url.includes("storetxt") ? "txt" : "missing"}?X-Amz-Signature=1`
    })
    : url.includes("/txt?")
    ? { status: 200, headers: { "content-type": "text/plain" }, body: "large text" }
    : url.includes("/missing?")
    ? { status: 404, headers: { "content-type": "application/xml" }, body: "<Error><Code>NoSuchKey</Code></Error>" }
    : { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(hello) }
)

const recorded = Effect.provide(Scripted.client(http))

const results = Effect.map(getBatchResults("batch_cmrealmixed00000000000000"), ({ items }) => items)

const named = (name: string) => (result: RunResult): boolean => result.id.startsWith(`run_cmreal${name}0`)

/** What the official SDK makes of a result's output, in its JSON form. */
const bySdk = async ({ output, outputType = "" }: RunSuccess): Promise<unknown> => {
  const value: unknown = await parsePacket({ ...(output === undefined ? {} : { data: output }), dataType: outputType })
  return value
}

describe("a recorded output", () => {
  it.effect("is in its plain JSON form what the official SDK reads, wherever JSON has it", () =>
    Effect.gen(function*() {
      const { successes } = RunResults.partition(yield* results)
      const own = [
        "oksuperrich",
        "oksuperundef",
        "okstore",
        "okstoretxt",
        "okstoremissing",
        "okjsonmalformed",
        "oktextempty"
      ]
      const plain = successes.filter((result) => !own.some((name) => named(name)(result)))
      assert.strictEqual(plain.length, 12)
      for (const result of plain) {
        assert.deepStrictEqual(yield* RunOutput.json(result), yield* Effect.promise(() => bySdk(result)), result.id)
      }
    }).pipe(recorded))

  it.effect("of every kind that super+json knows decodes to what the official SDK reads", () =>
    Effect.gen(function*() {
      const [rich] = RunResults.partition((yield* results).filter(named("oksuperrich"))).successes
      assert.isDefined(rich)
      const Rich = Schema.Struct({
        when: Schema.Date,
        map: Schema.Map({ key: Schema.String, value: Schema.Union(Schema.Number, Schema.Date) }),
        set: Schema.Set(Schema.Union(Schema.Number, Schema.String)),
        big: Schema.BigInt,
        undef: Schema.optional(Schema.String),
        nan: Schema.Number,
        inf: Schema.Number,
        negzero: Schema.Number,
        re: Schema.String,
        url: Schema.URL,
        err: Schema.Defect,
        buf: Schema.Uint8Array,
        plain: Schema.Struct({ nested: Schema.Tuple(Schema.Number, Schema.Null, Schema.String) }),
        emoji: Schema.String
      })
      const decoded = yield* RunOutput.decode(Rich)(rich)
      const sdk = (yield* Effect.promise(() => bySdk(rich))) as typeof decoded
      assert.deepStrictEqual(
        { ...decoded, url: decoded.url.href, err: String(decoded.err), buf: [...decoded.buf] },
        {
          when: sdk.when,
          map: sdk.map,
          set: sdk.set,
          big: sdk.big,
          nan: sdk.nan,
          inf: sdk.inf,
          negzero: sdk.negzero,
          re: String(sdk.re),
          url: sdk.url.href,
          err: String(sdk.err),
          buf: [...sdk.buf],
          plain: sdk.plain,
          emoji: sdk.emoji
        }
      )
      assert.instanceOf(decoded.map.get("b"), Date)
      assert.isTrue(Object.is(decoded.negzero, -0))
      assert.strictEqual(decoded.big, 12345678901234567890n)
    }).pipe(recorded))

  const odd: ReadonlyArray<readonly [name: string, expected: unknown]> = [
    ["oksuperundef", [undefined, 1]],
    // the SDK reads an empty text as undefined; the task returned a text
    ["oktextempty", ""],
    ["okundefined", undefined],
    ["okunknowntype", "<a/>"],
    ["okstore", hello],
    ["okstoretxt", "large text"]
  ]
  for (const [name, expected] of odd) {
    it.effect(`${name} is ${JSON.stringify(expected)?.slice(0, 40)}`, () =>
      Effect.gen(function*() {
        const [result] = (yield* results).filter(named(name))
        assert.isDefined(result)
        assert.deepStrictEqual(yield* RunOutput.json(result), expected)
      }).pipe(recorded))
  }

  it.effect("that cannot be had, and every failed run, is an error that names its run", () =>
    Effect.gen(function*() {
      const items = yield* results
      const [errors, values] = yield* Effect.partition(items, RunOutput.json)
      assert.strictEqual(values.length, 17)
      assert.deepStrictEqual(
        errors.map((error) => error.runId),
        items.filter((item) => !item.ok || named("okstoremissing")(item) || named("okjsonmalformed")(item)).map((
          { id }
        ) => id)
      )
      const tags = new Map(errors.map((error) => [error.runId, error._tag]))
      assert.strictEqual(tags.get("run_cmrealokstoremissing00000"), "OutputUnavailable")
      assert.strictEqual(tags.get("run_cmrealokjsonmalformed0000"), "OutputParseError")
      assert.strictEqual([...tags.values()].filter((tag) => tag === "RunFailed").length, 14)
    }).pipe(recorded))
})

describe("a recorded run of today's engine", () => {
  it.effect("decodes to what its task returned", () =>
    Effect.gen(function*() {
      const { output } = JSON.parse(Recording.read("200-genuine-v2-run-v3run-1").text)
      const result: RunSuccess = {
        ok: true,
        id: "run_cmwtq9fka003bfo7dntbauify",
        status: "COMPLETED",
        output: JSON.stringify(output),
        outputType: "application/json"
      }
      const Output = Schema.Struct({ hello: Schema.String, when: Schema.Date })
      assert.deepStrictEqual(yield* RunOutput.decode(Output)(result), { hello: "world", when: new Date("2026-08-21") })
    }).pipe(recorded))
})
