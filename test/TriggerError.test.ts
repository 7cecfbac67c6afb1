import { assert, describe, it } from "@effect/vitest"
import { Duration, Either, Schema } from "effect"
import * as Trigger from "effect-trigger-dev"

const endpoint = "GET /api/v1/batches/batch_1/results"

const run = { runId: "run_1" }

const task = { runId: "run_1", taskIdentifier: "send-\"invoice\"" }

const keys = "It takes a secret key (tr_dev_…, tr_prod_…, tr_stg_… or tr_preview_…), as in TRIGGER_SECRET_KEY; " +
  "public keys (pk_…) are refused."

const environments =
  "Check that the id and the key are of the same environment (dev, staging, preview branch, production)."

const path = ""

const messages: ReadonlyArray<readonly [error: Error & { readonly _tag: string }, message: string]> = [
  [
    new Trigger.InvalidBatchId({ batchId: "../\"x\"" }),
    "Not a batch id: \"../\\\"x\\\"\". One is \"batch_\" and then letters, digits, \"_\" or \"-\", at most 128 characters. " +
    "No request was sent."
  ],
  [
    new Trigger.InvalidRunId({ runId: "../\"x\"" }),
    "Not a run id: \"../\\\"x\\\"\". One is \"run_\" and then letters, digits, \"_\" or \"-\", at most 128 characters. " +
    "No request was sent."
  ],
  [
    new Trigger.Unauthorized({ endpoint }),
    `${endpoint} was not authorized. ${keys} ` +
    "A preview key also needs its branch: TRIGGER_PREVIEW_BRANCH or TriggerConfig's previewBranch."
  ],
  [
    new Trigger.Unauthorized({ endpoint, detail: "Invalid API Key", branch: "feature/x" }),
    `${endpoint} was not authorized (“Invalid API Key”). ${keys} ` +
    "The branch sent was \"feature/x\": check that it exists in the key's environment."
  ],
  [
    new Trigger.Unauthorized({ endpoint, reason: "NoCredential", detail: "the vault is sealed" }),
    `${endpoint} was not sent: there is no credential for it (“the vault is sealed”).`
  ],
  [
    new Trigger.Forbidden({ endpoint, detail: "No" }),
    `${endpoint} is forbidden for this key (“No”). Check the permissions of the key.`
  ],
  [
    new Trigger.BatchNotFound({ endpoint, batchId: "batch_1" }),
    `No batch batch_1 in the environment of this key: ${endpoint} answered 404. ${environments}`
  ],
  [
    new Trigger.RunNotFound({ endpoint: "GET /api/v3/runs/run_1", ...run, detail: "Not found" }),
    `No run run_1 in the environment of this key: GET /api/v3/runs/run_1 answered 404 (“Not found”). ${environments}`
  ],
  [new Trigger.RateLimited({ endpoint }), `${endpoint} ran into the rate limit. Try again later.`],
  [
    new Trigger.RateLimited({ endpoint, detail: "Slow", limit: 750, retryAfter: Duration.seconds(90) }),
    `${endpoint} ran into the rate limit of 750 requests (“Slow”). Try again in 1m 30s.`
  ],
  [
    new Trigger.ServerError({ endpoint, status: 503, detail: "Down" }),
    `${endpoint} answered 503 (“Down”). The fault is the server's; try again later.`
  ],
  [
    new Trigger.UnexpectedResponse({ endpoint, status: 418, bodyPreview: "", hint: "Check the URL." }),
    `${endpoint} answered 418 without a content type with an empty body. Check the URL.`
  ],
  [
    new Trigger.UnexpectedResponse({
      endpoint,
      status: 418,
      contentType: "text/plain",
      bodyPreview: "tea",
      hint: "Why?"
    }),
    `${endpoint} answered 418 text/plain with “tea”. Why?`
  ],
  [
    new Trigger.InvalidResponse({ endpoint, path, reason: "it is not JSON" }),
    `${endpoint} answered 200, but its body is not what the API promises: it is not JSON`
  ],
  [
    new Trigger.InvalidResponse({ endpoint, path: "items[17].ok", reason: "is missing" }),
    `${endpoint} answered 200, but items[17].ok is not what the API promises: is missing`
  ],
  [
    new Trigger.TransportError({ endpoint, reason: "Refused", detail: "connect ECONNREFUSED" }),
    `${endpoint} got no whole answer (Refused): connect ECONNREFUSED`
  ],
  [new Trigger.RunFailed(run), "Run run_1 failed: no reason given"],
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
      error: { type: "STRING_ERROR", raw: `looked at so far${"\u0007".repeat(3000)}, no further` }
    }),
    "Run run_1 failed: looked at so far"
  ],
  [
    new Trigger.OutputMissing({ ...task, path }),
    "Run run_1 (task \"send-\\\"invoice\\\"\") has no output: its task returned undefined, and the decoder needs a value"
  ],
  [
    new Trigger.OutputParseError({ ...run, path, outputType: "application/json", reason: "it ends too soon" }),
    "The output of run run_1 cannot be read as application/json: it ends too soon"
  ],
  [
    new Trigger.OutputParseError({ ...run, path: "a.b", outputType: "application/json", reason: "no" }),
    "The output of run run_1 cannot be read as application/json at a.b: no"
  ],
  [
    new Trigger.OutputMismatch({ ...run, path, reason: "Expected string, actual 1" }),
    "The output of run run_1 does not fit: Expected string, actual 1"
  ],
  [
    new Trigger.OutputMismatch({
      ...run,
      path: "a",
      reason: "is missing",
      issues: [{ path: "a", reason: "is missing" }, { path: "b", reason: "Expected string, actual 1" }]
    }),
    "The output of run run_1 does not fit at a: is missing (and 1 more)"
  ],
  [
    new Trigger.OutputMismatch({ ...run, path: "lines[17].price", reason: "is missing" }),
    "The output of run run_1 does not fit at lines[17].price: is missing"
  ],
  [
    new Trigger.OutputTooLarge({ ...run, limit: 1000 }),
    "The output of run run_1 is larger than 1000 bytes, which is as much as TriggerConfig's maxOutputSize lets in"
  ],
  [
    new Trigger.OutputUnavailable({ ...run, reason: "NotFound", detail: "the object store responded with 404" }),
    "The output of run run_1 could not be downloaded (NotFound): the object store responded with 404"
  ],
  [
    new Trigger.UnknownTask({ ...task, known: ["resize", "send\nmail"] }),
    "No schema was given for the task of run run_1 (task \"send-\\\"invoice\\\"\"), only for: resize, send mail"
  ]
]

/** The classes of the errors, which are their schemas. */
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

  it("takes no detail that is undefined", () => {
    assert.throws(() => Schema.decodeUnknownSync(Trigger.Forbidden)({ _tag: "Forbidden", endpoint, detail: undefined }))
  })

  it("knows every reason of a TransportError", () => {
    const reasons = ["Refused", "Dns", "Tls", "Reset", "CutOff", "Timeout", "Malformed", "TooLarge", "Unknown"]
    assert.deepStrictEqual<ReadonlyArray<string>>(Trigger.TransportReason.literals, reasons)
  })

  it("knows every reason of an OutputUnavailable", () => {
    const reasons = ["InvalidPath", "NoUrl", "Refused", "NotFound", "Failed"]
    assert.deepStrictEqual<ReadonlyArray<string>>(Trigger.OutputUnavailableReason.literals, reasons)
  })
})

describe("the message of an error", () => {
  for (const [error, message] of messages) {
    it(`of the tag ${error._tag} is “${message.slice(0, 80)}…”`, () => {
      assert.strictEqual(error.message, message)
      assert.strictEqual(error.name, error._tag)
    })
  }

  it("is the same on the other side of a process border", () => {
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

  it("is refused at the border where an issue of it is none", () => {
    const decode = Schema.decodeUnknownEither(Trigger.OutputMismatch)
    const error = { _tag: "OutputMismatch", runId: "run_1", path: "a", reason: "is missing" }
    assert.isTrue(Either.isRight(decode({ ...error, issues: [{ path: "a", reason: "is missing" }] })))
    assert.isTrue(Either.isLeft(decode({ ...error, issues: [{ path: "a" }] })))
    assert.isTrue(Either.isLeft(decode({ ...error, issues: [{ reason: "is missing" }] })))
  })

  it("has a row for each error", () => {
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
    ["are the task's frames", "E: m\n    at task (a.ts:1)\n    at b.ts:2", "    at task (a.ts:1)\n    at b.ts:2"],
    ["are the task's frames after a message of several lines", "E: m\nmore\n at a.ts:1", " at a.ts:1"],
    ["are the task's frames where no message comes first", "at a.ts:1\nat b.ts:2", "at a.ts:1\nat b.ts:2"],
    [
      "are the lines after the first, where none looks like a frame",
      "E: m\natlas\nlook at a.ts:1",
      "atlas\nlook at a.ts:1"
    ]
  ]
  for (const [what, stackTrace, frames] of rows) {
    it(what, () => {
      assert.strictEqual(stackOf(stackTrace), `RunFailed: Run run_1 failed: E: m\n${frames}`)
    })
  }

  it("is its own where the server sent none", () => {
    assert.include(new Trigger.RunFailed(run).stack, "TriggerError.test.ts")
  })

  it("is a property like that of any error", () => {
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
