import { assert, describe, it } from "@effect/vitest"
import { Data, Duration, Effect, Either, Logger, Schema } from "effect"
import * as Trigger from "effect-trigger-dev"

const endpoint = "GET /api/v1/batches/batch_1/results"

const run = { runId: "run_1" }

const task = { runId: "run_1", taskIdentifier: "send-\"invoice\"" }

const idForm = "followed by letters, digits, \"_\" or \"-\", at most 128 characters. No request was sent."

const keys = "Expected a secret key (tr_dev_…, tr_prod_…, tr_stg_… or tr_preview_…) as in TRIGGER_SECRET_KEY, " +
  "not a public key (pk_…) or a personal access token (tr_pat_…)."

const restricted = "This endpoint also refuses restricted keys (tr_prod_sk_…) and public tokens; " +
  "they can read batches and runs, so use collectBatchResults with them."

const branch = "A preview key also needs its branch: set TRIGGER_PREVIEW_BRANCH or TriggerConfig's previewBranch."

const environments = "Check that the id and the key belong to the same environment " +
  "(development, staging, production or a preview branch)."

const path = ""

const transport = (
  reason: Trigger.TransportReason,
  advice: string
): readonly [error: Trigger.TransportError, message: string] => [
  new Trigger.TransportError({ endpoint, reason, detail: "the cause" }),
  `${endpoint} received no complete response (${reason}): the cause. ${advice}`
]

const messages: ReadonlyArray<readonly [error: Error & { readonly _tag: string }, message: string]> = [
  [
    new Trigger.InvalidBatchId({ batchId: "../\"x\"" }),
    `Invalid batch id "../\\"x\\"": expected "batch_" ${idForm}`
  ],
  [
    new Trigger.InvalidRunId({ runId: "../\"x\"" }),
    `Invalid run id "../\\"x\\"": expected "run_" ${idForm}`
  ],
  [
    new Trigger.Unauthorized({ endpoint }),
    `${endpoint} returned 401: the server refused the key. ${keys} ${restricted} ${branch}`
  ],
  [
    new Trigger.Unauthorized({ endpoint: "GET /prefix/api/v1/batches/batch_1/results" }),
    `GET /prefix/api/v1/batches/batch_1/results returned 401: the server refused the key. ` +
    `${keys} ${restricted} ${branch}`
  ],
  [
    new Trigger.Unauthorized({ endpoint: "GET /api/v2/batches/batch_1" }),
    `GET /api/v2/batches/batch_1 returned 401: the server refused the key. ${keys} ${branch}`
  ],
  [
    new Trigger.Unauthorized({ endpoint: "GET /api/v1/packets/run_1/api/v1/batches/batch_1/results/x" }),
    `GET /api/v1/packets/run_1/api/v1/batches/batch_1/results/x returned 401: the server refused the key. ` +
    `${keys} ${branch}`
  ],
  [
    new Trigger.Unauthorized({
      endpoint: "GET /api/v3/runs/run_1",
      detail: "Invalid API Key",
      branch: "feature/x"
    }),
    `GET /api/v3/runs/run_1 returned 401 (“Invalid API Key”): the server refused the key. ${keys} ` +
    "The request was for the branch \"feature/x\": check that the key's environment has it."
  ],
  [
    new Trigger.Unauthorized({ endpoint, reason: "NoSecretKey", detail: "the vault is sealed" }),
    `${endpoint} was not sent: there is no usable secret key (“the vault is sealed”). ` +
    "Check the key that TriggerAuth was given, or the effect that obtains it."
  ],
  [
    new Trigger.Forbidden({ endpoint, detail: "No" }),
    `${endpoint} returned 403 (“No”): the key lacks a permission. Check the permissions of the key.`
  ],
  [
    new Trigger.BatchNotFound({ endpoint, batchId: "batch_1" }),
    `Batch batch_1 not found: ${endpoint} returned 404. ${environments} ` +
    "If the batch was created a moment ago, set notFoundGrace in RetryPolicy.make."
  ],
  [
    new Trigger.RunNotFound({ endpoint: "GET /api/v3/runs/run_1", ...run, detail: "Not found" }),
    `Run run_1 not found: GET /api/v3/runs/run_1 returned 404 (“Not found”). ${environments}`
  ],
  [
    new Trigger.RateLimited({ endpoint }),
    `${endpoint} returned 429: the rate limit is exceeded. Retry later.`
  ],
  [
    new Trigger.RateLimited({ endpoint, detail: "Slow", limit: 750, retryAfter: Duration.seconds(90) }),
    `${endpoint} returned 429 (“Slow”): the rate limit of 750 requests is exceeded. Retry in 1m 30s.`
  ],
  [
    new Trigger.ServerError({ endpoint, status: 503, detail: "Down" }),
    `${endpoint} returned 503 (“Down”): the server failed. Retry later.`
  ],
  [
    new Trigger.ServerError({ endpoint, status: 503, retryAfter: Duration.seconds(9) }),
    `${endpoint} returned 503: the server failed. Retry in 9s.`
  ],
  [
    new Trigger.ServerError({ endpoint, status: 502, hint: "Check any proxy in between." }),
    `${endpoint} returned 502: the server failed. Retry later. Check any proxy in between.`
  ],
  [
    new Trigger.UnexpectedResponse({ endpoint, status: 418, bodyPreview: "", hint: "Check the URL." }),
    `${endpoint} returned 418 (no content type) with an empty body. Check the URL.`
  ],
  [
    new Trigger.UnexpectedResponse({
      endpoint,
      status: 418,
      contentType: "text/plain",
      bodyPreview: "tea",
      hint: "Why?"
    }),
    `${endpoint} returned 418 (text/plain) with the body “tea”. Why?`
  ],
  [
    new Trigger.InvalidResponse({ endpoint, path, reason: "it is not JSON" }),
    `${endpoint} returned a response that does not match the API's contract: it is not JSON. ` +
    "Check the API URL, or update effect-trigger-dev."
  ],
  [
    new Trigger.InvalidResponse({ endpoint, path: "version", reason: "Expected \"1.0\", actual \"1.1\"" }),
    `${endpoint} returned a response that does not match the API's contract at version: ` +
    "Expected \"1.0\", actual \"1.1\". Check the API URL, or update effect-trigger-dev."
  ],
  [
    new Trigger.InvalidResponse({ endpoint, path: "items[17].ok", reason: "Expected true, actual 1…" }),
    `${endpoint} returned a response that does not match the API's contract at items[17].ok: ` +
    "Expected true, actual 1… Check the API URL, or update effect-trigger-dev."
  ],
  [
    new Trigger.TransportError({ endpoint, reason: "Reset", detail: "The socket was closed." }),
    `${endpoint} received no complete response (Reset): The socket was closed. ` +
    "Retry later, and check any proxy in between."
  ],
  transport("Refused", "Check the URL, and that its server is running."),
  transport("Dns", "Check the host name in the URL."),
  transport("Tls", "Check the server's certificate, and whether the URL needs http or https."),
  transport("Reset", "Retry later, and check any proxy in between."),
  transport("CutOff", "Retry later, and check any proxy in between."),
  transport("Timeout", "Retry later, or set a longer requestTimeout in TriggerConfig."),
  transport("Malformed", "Check the URL, and any proxy in between."),
  transport("TooLarge", "Set a larger maxResponseSize in TriggerConfig (at most 536870888)."),
  transport("BlockedPort", "Use a URL with another port: fetch refuses those that other protocols use."),
  transport(
    "NotPermitted",
    "Allow the request: pass --allow-net to Deno; in Next.js, await connection() before the call."
  ),
  transport("Unknown", "Retry later, and check any proxy in between."),
  [new Trigger.RunFailed(run), "Run run_1 failed: the server reported no error"],
  [
    new Trigger.RunFailed({
      ...task,
      status: "CRASHED",
      error: { type: "STRING_ERROR", raw: "\u0007 out\tof \u0000 luck\u0000" }
    }),
    "Run run_1 (task \"send-\\\"invoice\\\"\") failed (CRASHED): out of luck"
  ],
  [
    new Trigger.RunFailed({ ...run, error: { type: "STRING_ERROR", raw: "x".repeat(300) } }),
    `Run run_1 failed: ${"x".repeat(300)}`
  ],
  [
    new Trigger.RunFailed({ ...run, error: { type: "STRING_ERROR", raw: "x".repeat(301) } }),
    `Run run_1 failed: ${"x".repeat(299)}…`
  ],
  [
    new Trigger.RunFailed({
      ...run,
      error: { type: "STRING_ERROR", raw: `the part that is read${"\u0007".repeat(3000)}, and the rest` }
    }),
    "Run run_1 failed: the part that is read"
  ],
  [
    new Trigger.OutputMissing(task),
    "Run run_1 (task \"send-\\\"invoice\\\"\") has no output: its task returned undefined, but the decoder expects " +
    "a value. If undefined is valid, let the decoder accept it, for example with Schema.UndefinedOr."
  ],
  [
    new Trigger.OutputParseError({ ...run, outputType: "application/json", reason: "it ends too soon" }),
    "Cannot parse the output of run run_1 as application/json: it ends too soon"
  ],
  [
    new Trigger.OutputMismatch({ ...run, path, reason: "Expected string, actual 1" }),
    "The output of run run_1 does not match the schema: Expected string, actual 1"
  ],
  [
    new Trigger.OutputMismatch({
      ...run,
      path: "a",
      reason: "is missing",
      issues: [{ path: "a", reason: "is missing" }, { path: "b", reason: "Expected string, actual 1" }]
    }),
    "The output of run run_1 does not match the schema at a: is missing (and 1 more)"
  ],
  [
    new Trigger.OutputMismatch({ ...run, path: "lines[17].price", reason: "is missing" }),
    "The output of run run_1 does not match the schema at lines[17].price: is missing"
  ],
  [
    new Trigger.OutputTooLarge({ ...run, limit: 1000 }),
    "The output of run run_1 is larger than 1000 bytes, TriggerConfig's maxOutputSize. " +
    "Return less from the task, or set a larger maxOutputSize (at most 536870888)."
  ],
  [
    new Trigger.OutputUnavailable({ ...run, reason: "NotFound", detail: "the object store returned 404" }),
    "Cannot download the output of run run_1 (NotFound): the object store returned 404"
  ],
  [
    new Trigger.OutputUnavailable({ ...run, reason: "NotShown", detail: "there is none to see" }),
    "Cannot read the output of run run_1 (NotShown): there is none to see"
  ],
  [
    new Trigger.OutputUnavailable({ ...run, reason: "InvalidResult", detail: "it is a number" }),
    "Cannot read the output of run run_1 (InvalidResult): it is a number"
  ],
  [
    new Trigger.UnknownTask({ ...task, known: ["resize", "send\nmail"] }),
    "No schema for the task of run run_1 (task \"send-\\\"invoice\\\"\"). There are schemas for: resize, send mail. " +
    "Add a schema, or use the \"otherwise\" option of RunOutput.decodeByTask."
  ]
]

/** The class of each error, which is its schema. */
const schemas = new Map(
  Object.entries(Trigger).flatMap(([name, value]) =>
    Schema.isSchema(value) && messages.some(([error]) => error._tag === name)
      ? [[name, value as Schema.Schema<Error, unknown>] as const]
      : []
  )
)

describe("the schema of an error", () => {
  for (const [name, schema] of schemas) {
    it(`of ${name} is named after the package`, () => {
      assert.strictEqual("identifier" in schema && schema.identifier, `effect-trigger-dev/${name}`)
    })
  }

  it("rejects a detail that is undefined", () => {
    assert.throws(() => Schema.decodeUnknownSync(Trigger.Forbidden)({ _tag: "Forbidden", endpoint, detail: undefined }))
  })

  it("accepts every reason of a TransportError, and no other", () => {
    const reasons = [
      "Refused",
      "Dns",
      "Tls",
      "Reset",
      "CutOff",
      "Timeout",
      "Malformed",
      "TooLarge",
      "BlockedPort",
      "NotPermitted",
      "Unknown"
    ]
    assert.deepStrictEqual<ReadonlyArray<string>>(Trigger.TransportReason.literals, reasons)
  })

  it("accepts every reason of an OutputUnavailable, and no other", () => {
    const reasons = ["InvalidResult", "NotShown", "InvalidPath", "NoUrl", "Refused", "NotFound", "Failed"]
    assert.deepStrictEqual<ReadonlyArray<string>>(Trigger.OutputUnavailableReason.literals, reasons)
  })
})

describe("the message of an error", () => {
  for (const [error, message] of messages) {
    it(`with the tag ${error._tag} is “${message.slice(0, 80)}…”`, () => {
      assert.strictEqual(error.message, message)
      assert.strictEqual(error.name, error._tag)
    })
  }

  for (const retryAfter of [Duration.weeks(5201), Duration.millis(1e305), Duration.infinity]) {
    it(`whose wait has ${Duration.toMillis(retryAfter)} ms says no more than that it is long`, () => {
      const error = new Trigger.RateLimited({ endpoint, retryAfter })
      assert.strictEqual(error.message, `${endpoint} returned 429: the rate limit is exceeded. Retry later.`)
      assert.include(JSON.stringify(error), error.message)
    })
  }

  it("is the same after encoding, JSON and decoding", () => {
    for (const [error, message] of messages) {
      const schema = schemas.get(error._tag)
      if (schema === undefined) {
        throw new Error(`${error._tag} has no schema`)
      }
      const other = Schema.decodeUnknownSync(schema)(
        JSON.parse(JSON.stringify(Schema.encodeUnknownSync(schema)(error)))
      )
      assert.strictEqual(other.message, message)
      assert.deepStrictEqual({ ...other }, { ...error })
    }
  })

  it("is in its JSON, after the tag and with all fields, and without a stack", () => {
    for (const [error, message] of messages) {
      const json: unknown = JSON.parse(JSON.stringify(error))
      assert.deepStrictEqual(json, JSON.parse(JSON.stringify({ ...error, message })))
      assert.deepStrictEqual(Object.keys(json as object).slice(0, 2), ["_tag", "message"])
    }
  })

  it("is in the JSON of an error that has it as its cause", () => {
    const cause = new Trigger.ServerError({ endpoint, status: 503 })
    const error = new Trigger.OutputUnavailable({ ...run, reason: "Failed", detail: "no", cause })
    assert.deepStrictEqual(JSON.parse(JSON.stringify(error)), {
      _tag: "OutputUnavailable",
      message: "Cannot download the output of run run_1 (Failed): no",
      ...run,
      reason: "Failed",
      detail: "no",
      cause: { _tag: "ServerError", message: cause.message, endpoint, status: 503 }
    })
  })

  it("is not in the JSON of an error that another package makes", () => {
    class Other extends Schema.TaggedError<Other>()("Other", { name: Schema.String }) {}
    assert.deepStrictEqual(Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Other.prototype), "toJSON"), undefined)
    assert.strictEqual(Other.prototype.toJSON, Data.Error.prototype.toJSON)
    const prototypes = [...schemas.values()].map((schema) =>
      Object.getPrototypeOf("prototype" in schema ? schema.prototype : schema)
    )
    assert.strictEqual(new Set(prototypes).size, prototypes.length)
    assert.isTrue(prototypes.every((prototype) => Object.hasOwn(prototype, "toJSON")))
  })

  it("is in what the loggers of Effect write of it", () => {
    const error = new Trigger.ServerError({ endpoint, status: 503 })
    const lines: Array<string> = []
    const logger = Logger.map(Logger.jsonLogger, (line) => {
      lines.push(line)
    })
    Effect.fail(error).pipe(
      Effect.tapErrorCause((cause) => Effect.logError("failed", cause)),
      Effect.tapError((error) => Effect.logError(error)),
      Effect.ignore,
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Effect.runSync
    )
    assert.lengthOf(lines, 2)
    for (const line of lines) {
      assert.include(line, JSON.stringify(error.message).slice(1, -1))
    }
  })

  it("does not decode if an issue of it is incomplete", () => {
    const decode = Schema.decodeUnknownEither(Trigger.OutputMismatch)
    const error = { _tag: "OutputMismatch", runId: "run_1", path: "a", reason: "is missing" }
    assert.isTrue(Either.isRight(decode({ ...error, issues: [{ path: "a", reason: "is missing" }] })))
    assert.isTrue(Either.isLeft(decode({ ...error, issues: [{ path: "a" }] })))
    assert.isTrue(Either.isLeft(decode({ ...error, issues: [{ reason: "is missing" }] })))
  })

  it("is in the table for each error", () => {
    const named = new Set(messages.map(([error]) => error._tag))
    const missing = Object.entries(Trigger).flatMap(([name, value]) =>
      typeof value === "function" && value.prototype instanceof Error && !named.has(name) ? [name] : []
    )
    assert.deepStrictEqual(missing, [])
  })
})

describe("the stack of a RunFailed", () => {
  const stackOf = (stackTrace: string): string | undefined =>
    new Trigger.RunFailed({ ...run, error: { type: "BUILT_IN_ERROR", name: "E", message: "m", stackTrace } }).stack

  const rows: ReadonlyArray<readonly [what: string, stackTrace: string, frames: string]> = [
    ["has the task's frames", "E: m\n    at task (a.ts:1)\n    at b.ts:2", "    at task (a.ts:1)\n    at b.ts:2"],
    ["has the task's frames after a message of several lines", "E: m\nmore\n at a.ts:1", " at a.ts:1"],
    ["has the task's frames if there is no message before them", "at a.ts:1\nat b.ts:2", "at a.ts:1\nat b.ts:2"],
    [
      "has the lines after the first if none looks like a frame",
      "E: m\natlas\nlook at a.ts:1",
      "atlas\nlook at a.ts:1"
    ]
  ]
  for (const [what, stackTrace, frames] of rows) {
    it(what, () => {
      assert.strictEqual(stackOf(stackTrace), `RunFailed: Run run_1 failed: E: m\n${frames}`)
    })
  }

  it("is its own if the server sent none", () => {
    assert.include(new Trigger.RunFailed(run).stack, "TriggerError.test.ts")
  })

  it("is a property like the stack of any error", () => {
    const error = new Trigger.RunFailed({
      ...run,
      error: { type: "INTERNAL_ERROR", code: "C", stackTrace: "E\n at a.ts:1" }
    })
    assert.deepStrictEqual(Object.getOwnPropertyDescriptor(error, "stack"), {
      value: "RunFailed: Run run_1 failed: C\n at a.ts:1",
      configurable: true,
      enumerable: false,
      writable: true
    })
  })
})
