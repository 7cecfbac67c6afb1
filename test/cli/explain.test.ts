import { describe, expect, it } from "@effect/vitest"
import { ConfigError } from "effect"
import { Duration } from "effect"
import {
  BatchNotFound,
  Forbidden,
  InvalidBatchId,
  InvalidResponse,
  InvalidRunId,
  OutputTooLarge,
  OutputUnavailable,
  RateLimited,
  RunNotFound,
  ServerError,
  TransportError,
  Unauthorized,
  UnexpectedResponse
} from "effect-trigger-dev"
import { KeyFileUnusable } from "../../src/cli/client.js"
import { type CommandError, explain } from "../../src/cli/explain.js"
import { FileExists, FileNotWritten } from "../../src/cli/files.js"

const endpoint = "GET /api/v2/batches/batch_1"

const cases: ReadonlyArray<readonly [name: string, error: CommandError, exitCode: number, what: string, todo: string]> =
  [
    ["InvalidBatchId", new InvalidBatchId({ batchId: "x" }), 2, `"x"`, "not a URL, and not the id of a run (run_…)."],
    ["InvalidRunId", new InvalidRunId({ runId: "x" }), 5, `"x"`, ""],
    ["no usable key", new Unauthorized({ endpoint, reason: "NoSecretKey" }), 3, "no usable secret key", "--key-file"],
    ["Unauthorized", new Unauthorized({ endpoint, detail: "Invalid API Key" }), 3, "Invalid API Key", "--branch"],
    ["Unauthorized with a branch", new Unauthorized({ endpoint, branch: "feature" }), 3, "refuses", `"feature"`],
    [
      "Unauthorized by the results endpoint",
      new Unauthorized({ endpoint: "GET /api/v1/batches/batch_1/results" }),
      3,
      "refuses",
      "also refuses restricted keys (tr_…_sk_…) and public tokens: leave out --raw"
    ],
    ["Forbidden", new Forbidden({ endpoint }), 3, "may not do this", "Use a key"],
    ["BatchNotFound", new BatchNotFound({ endpoint, batchId: "batch_1" }), 4, "no batch batch_1", "same project"],
    ["RunNotFound", new RunNotFound({ endpoint, runId: "run_1" }), 5, "no run run_1", ""],
    ["RateLimited", new RateLimited({ endpoint, retryAfter: Duration.seconds(90) }), 5, "rate limit", "1m 30s"],
    ["ServerError", new ServerError({ endpoint, status: 503 }), 5, "503", "Try again later"],
    [
      "ServerError in HTML",
      new ServerError({ endpoint, status: 502, hint: "Check TRIGGER_API_URL or apiUrl." }),
      5,
      "502",
      "Try again later. Check TRIGGER_API_URL or --api-url."
    ],
    [
      "ServerError with a hint",
      new ServerError({ endpoint, status: 503, retryAfter: Duration.seconds(9) }),
      5,
      "503",
      "Try again in 9s"
    ],
    [
      "UnexpectedResponse",
      new UnexpectedResponse({
        endpoint,
        status: 404,
        bodyPreview: "<html>",
        hint: "check the API URL (TRIGGER_API_URL or apiUrl sets it)"
      }),
      5,
      "404 (no content type) from GET",
      "check the API URL (TRIGGER_API_URL or --api-url sets it)"
    ],
    [
      "InvalidResponse",
      new InvalidResponse({ endpoint, path: "runs[0]", reason: "expected a string" }),
      5,
      "at runs[0]: expected a string",
      "update"
    ],
    [
      "InvalidResponse as a whole",
      new InvalidResponse({ endpoint, path: "", reason: "it is no JSON" }),
      5,
      "cannot be read: it is no JSON",
      "update"
    ],
    [
      "a refused connection",
      new TransportError({ endpoint, reason: "Refused", detail: "connect ECONNREFUSED" }),
      5,
      "The server cannot be reached: connect ECONNREFUSED",
      "--api-url"
    ],
    [
      "an unknown host",
      new TransportError({ endpoint, reason: "Dns", detail: "ENOTFOUND nowhere" }),
      5,
      "The host name cannot be resolved: ENOTFOUND",
      "--api-url"
    ],
    [
      "a certificate",
      new TransportError({ endpoint, reason: "Tls", detail: "CERT_HAS_EXPIRED" }),
      5,
      "The TLS connection failed: CERT_HAS_EXPIRED",
      "--api-url"
    ],
    [
      "a time-out",
      new TransportError({ endpoint, reason: "Timeout", detail: "30s" }),
      5,
      "The server did not respond in time: 30s",
      "Try again"
    ],
    [
      "a reset",
      new TransportError({ endpoint, reason: "Reset", detail: "ECONNRESET" }),
      5,
      "The connection broke before the response was complete: ECONNRESET",
      "Try again"
    ],
    [
      "a response that is cut off",
      new TransportError({ endpoint, reason: "CutOff", detail: "terminated" }),
      5,
      "The connection broke before the response was complete: terminated",
      "Try again"
    ],
    [
      "a malformed response",
      new TransportError({ endpoint, reason: "Malformed", detail: "x" }),
      5,
      "There is no complete response (Malformed): x",
      "Try again"
    ],
    [
      "a blocked port",
      new TransportError({ endpoint, reason: "BlockedPort", detail: "bad port" }),
      5,
      "There is no complete response (BlockedPort): bad port",
      "sends no request to this port"
    ],
    [
      "not permitted",
      new TransportError({ endpoint, reason: "NotPermitted", detail: "Requires net access" }),
      5,
      "Requires net access",
      "--allow-net"
    ],
    [
      "too large",
      new TransportError({ endpoint, reason: "TooLarge", detail: "x" }),
      5,
      "TooLarge",
      "larger maxResponseSize"
    ],
    [
      "OutputUnavailable",
      new OutputUnavailable({ runId: "run_1", reason: "NotFound", detail: "gone" }),
      5,
      "run_1",
      ""
    ],
    ["OutputTooLarge", new OutputTooLarge({ runId: "run_1", limit: 5 }), 5, "run_1", ""],
    [
      "KeyFileUnusable",
      new KeyFileUnusable({ file: "key", reason: "ENOENT" }),
      3,
      `The key file "key" cannot be used: ENOENT`,
      "Name a file"
    ],
    [
      "FileExists",
      new FileExists({ files: ["a", "b", "c", "d"] }),
      2,
      `4 files exist already: "a", "b", "c", …`,
      "--force"
    ],
    [
      "FileNotWritten",
      new FileNotWritten({ file: "a", reason: "EACCES" }),
      2,
      `"a" cannot be written: EACCES`,
      "Choose another place."
    ],
    ["no key", ConfigError.MissingData(["TRIGGER_SECRET_KEY"], "none"), 3, "no secret key", "--key-file"],
    [
      "a bad key",
      ConfigError.InvalidData(["TRIGGER_SECRET_KEY"], "The secret key in TRIGGER_SECRET_KEY contains white space"),
      3,
      "The secret key in TRIGGER_SECRET_KEY contains white space",
      "--key-file"
    ],
    [
      "a bad key in the second variable",
      ConfigError.Or(
        ConfigError.MissingData(["TRIGGER_SECRET_KEY"], "none"),
        ConfigError.InvalidData(["TRIGGER_ACCESS_TOKEN"], "The secret key in TRIGGER_ACCESS_TOKEN contains white space")
      ),
      3,
      "The secret key in TRIGGER_ACCESS_TOKEN contains white space",
      "--key-file"
    ],
    [
      "no key in either variable",
      ConfigError.Or(
        ConfigError.MissingData(["TRIGGER_SECRET_KEY"], "none"),
        ConfigError.MissingData(["TRIGGER_ACCESS_TOKEN"], "none")
      ),
      3,
      "no secret key",
      "Set TRIGGER_SECRET_KEY"
    ],
    [
      "a bad URL",
      ConfigError.InvalidData(["TRIGGER_API_URL"], "TRIGGER_API_URL is no URL"),
      2,
      "TRIGGER_API_URL is no URL",
      ""
    ],
    ["a bad branch", ConfigError.InvalidData(["previewBranch"], "previewBranch has ü"), 2, "--branch has ü", ""],
    [
      "several settings",
      ConfigError.Or(ConfigError.InvalidData(["apiUrl"], "apiUrl is no URL"), ConfigError.MissingData(["x"], "none")),
      2,
      "--api-url is no URL",
      ""
    ]
  ]

describe("explain", () => {
  it.each(cases)("%s: what happened, what to do, and the exit code", (_, error, exitCode, what, todo) => {
    const explained = explain(error)
    expect(explained.exitCode).toBe(exitCode)
    expect(explained.what).toContain(what)
    if (todo === "") {
      expect(explained.todo).toBeUndefined()
    } else {
      expect(explained.todo).toContain(todo)
    }
    expect(`${explained.what}${explained.todo ?? ""}`).not.toMatch(/[\n\r]/)
  })

  it.each([
    ["x", `x`],
    ["", ``],
    ["https://me:secret@api.trigger.dev", "https://<redacted>@api.trigger.dev"],
    ["https://me:s/e?c@ret@api.trigger.dev", "https://<redacted>@api.trigger.dev"],
    ["me:secret@api.trigger.dev", "<redacted>@api.trigger.dev"],
    ["https://api.trigger.dev/?secret", "https://api.trigger.dev/?<redacted>"],
    ["api.trigger.dev#secret", "api.trigger.dev#<redacted>"],
    ["tr_dev_secret", "<redacted>"],
    [`https://${"a".repeat(300)}`, `https://${"a".repeat(192)}`]
  ])("quotes an API URL of %j without what may be secret", (apiUrl, quoted) => {
    for (const name of ["apiUrl", "TRIGGER_API_URL"]) {
      const { what } = explain(ConfigError.InvalidData([name], `${name} cannot be used`), { apiUrl })
      expect(what).toBe(`${name === "apiUrl" ? "--api-url" : name} cannot be used, got "${quoted}"`)
    }
  })

  it("shows no key and no escape sequence that an error quotes", () => {
    const { what } = explain(
      new ServerError({ endpoint, status: 500, detail: "\u001b[31mBearer tr_dev_abc\ntr_prod_def" })
    )
    expect(what).toBe("The server failed with status 500: Bearer <redacted> <redacted>.")
  })
})
