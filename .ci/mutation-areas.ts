/**
 * The areas of mutation testing: which modules are mutated together, and which tests must notice.
 */

export interface Area {
  /** Below src, without the extension. */
  readonly modules: ReadonlyArray<string>
  /** Below test, without the extension. */
  readonly tests: ReadonlyArray<string>
}

const internal = (...names: ReadonlyArray<string>): ReadonlyArray<string> => names.map((name) => `internal/${name}`)

export const areas: { readonly [name: string]: Area } = {
  values: {
    modules: [
      "Batch",
      "BatchId",
      "BatchResults",
      "CollectedResults",
      "Run",
      "RunError",
      "RunId",
      "RunResult",
      "RunStatus"
    ],
    tests: ["schemas", "errors"]
  },
  errors: {
    modules: ["TriggerError"],
    tests: ["TriggerError", "errors", "schemas", "RunOutput"]
  },
  answers: {
    modules: internal("answer", "apiUrl", "decode", "endpoint", "headerValue", "hints", "id", "scrub"),
    tests: [...internal("decode", "endpoint", "hints", "id", "scrub"), "errors", "layers", "redirect", "secret"]
  },
  services: {
    modules: ["TriggerAuth", "TriggerConfig", "RetryPolicy", ...internal("secretKey")],
    tests: ["layers", "retry", "secret"]
  },
  guards: {
    modules: internal("isBatchResults", "operations"),
    tests: [...internal("isBatchResults"), "collect", "errors", "recordings", "tracing", "schemas"]
  },
  runs: {
    modules: internal("fromRun", "lossless"),
    tests: [...internal("fromRun", "lossless"), "collect", "RunOutput", "RunOutput.recordings", "RunOutput.safety"]
  },
  superjson: {
    modules: internal("superJson", "outputText", "hazards"),
    tests: [...internal("superJson", "outputText", "hazards"), "RunOutput", "RunOutput.safety"]
  },
  outputs: {
    modules: ["RunOutput"],
    tests: ["RunOutput", "RunOutput.decodeWith", "RunOutput.recordings", "RunOutput.safety"]
  },
  reader: {
    modules: ["BatchHandle", ...internal("reader", "report", "poll")],
    tests: [...internal("reader"), "collect", "await", "stream", "tracing"]
  },
  collecting: {
    modules: ["collectBatchResults", "awaitBatchResults", "streamBatchResults"],
    tests: ["collect", "await", "stream", "tracing"]
  },
  pace: {
    modules: internal("bulk", "pace", "turns"),
    tests: [...internal("pace", "turns"), "pace", "await"]
  },
  requests: {
    modules: ["TriggerClient", ...internal("api", "gate", "http", "retry", "span", "timeLimit")],
    tests: [
      ...internal("timeLimit"),
      "RunOutput.download",
      "collect",
      "errors",
      "layers",
      "redirect",
      "retry",
      "secret",
      "tracing"
    ]
  },
  bodies: {
    modules: internal("body", "transport"),
    tests: [...internal("body", "transport"), "errors"]
  },
  downloads: {
    modules: internal("download", "objectStore", "storagePath"),
    tests: ["RunOutput.download", "tracing"]
  }
}
