/**
 * Why a mutant may survive. A mutant is named by its module, by the code that was changed as the page shows it, and, where
 * it matters, by what it was changed to.
 */

type Named = readonly [module: string, code: string, replacement?: string]

export interface Explanation {
  readonly title: string
  readonly reason: string
  readonly mutants: ReadonlyArray<Named>
}

export const explanations: ReadonlyArray<Explanation> = [
  {
    title: "Only the types ask for it",
    reason:
      "What is before it makes sure of it already, or the result is the same without: arithmetic on `undefined` " +
      "gives NaN, which no comparison takes, and a function that ends without a value gives what is no `true`.",
    mutants: [
      ["RetryPolicy", "error._tag === \"RateLimited\" || error._tag === \"ServerError\"", "true"],
      ["internal/decode", "(_): _ is A => false"],
      ["internal/hints", "text === undefined", "false"],
      ["internal/hints", "serverTime === undefined", "false"],
      ["internal/hints", "reset === undefined", "false"],
      ["internal/hints", "date === undefined", "false"],
      ["internal/lossless", "child._tag === \"Pointer\"", "true"],
      ["internal/lossless", "key !== undefined", "true"],
      ["internal/lossless", "key !== undefined && child._tag === \"Pointer\""],
      ["internal/lossless", "\"\"", "\"Stryker was here!\""],
      ["internal/outputText", "contentType?.split(\";\", 1)[0]?.trim"],
      ["internal/outputText", "\"it is not JSON\""],
      ["RunError", "error.type !== undefined", "true"],
      ["RunError", "text.split(\"\\n\", 1)[0]?.trim"],
      ["RunError", "\"\""],
      ["RunOutput", "task === undefined", "false"],
      ["RunOutput", "task !== undefined", "true"],
      ["internal/transport", "\"cause\" in current && current.cause !== undefined"],
      ["internal/transport", "current.cause !== undefined", "true"],
      ["internal/transport", "\"errors\" in current && Array.isArray(current.errors)"],
      ["internal/transport", "\"\""],
      ["internal/timeLimit", "timer === undefined", "false"],
      ["internal/api", "branch === undefined", "false"],
      ["RunOutput", "result.status === undefined", "false"],
      ["RunOutput", "result.error === undefined", "false"],
      ["RunOutput", "issue?.path?.map"],
      ["Run", "{ exact: true }"],
      ["Run", "true", "false"],
      ["internal/fromRun", "{ return false }"],
      ["internal/fromRun", "message === undefined", "false"],
      ["internal/fromRun", "error.type === \"INTERNAL_ERROR\"", "true"],
      ["internal/hints", "default: return undefined"],
      ["internal/isBatchResults", "default: return false"],
      ["internal/lossless", "ast._tag === \"Literal\"", "true"],
      ["internal/bulk", "() => false"],
      ["internal/report", "error._tag !== \"InvalidBatchId\" && error._tag !== \"InvalidRunId\""],
      ["internal/report", "error._tag !== \"InvalidBatchId\"", "true"],
      ["internal/report", "error._tag !== \"InvalidRunId\"", "true"],
      ["internal/report", "\"InvalidBatchId\""],
      ["internal/report", "\"InvalidRunId\""],
      ["streamBatchResults", "onUnavailable === undefined", "false"]
    ]
  },
  {
    title: "It only saves work",
    reason:
      "The result is the same, with more work or more memory: a text that is parsed in vain, a value that is looked " +
      "at although it cannot be too deep, a list that nobody reads, a stack trace that no span needs.",
    mutants: [
      ["awaitBatchResults", "{ captureStackTrace: false }"],
      ["awaitBatchResults", "false", "true"],
      ["collectBatchResults", "false", "true"],
      ["streamBatchResults", "{ captureStackTrace: false }"],
      ["streamBatchResults", "false", "true"],
      ["streamBatchResults", "{ discard: true }"],
      ["streamBatchResults", "true", "false"],
      ["internal/answer", "body.trimStart().startsWith(\"{\")", "true"],
      ["internal/answer", "\"{\"", "\"\""],
      ["internal/outputText", "text.length > 2 * maxDepth"],
      ["internal/outputText", "2 * maxDepth"],
      ["internal/reader", "true", "false"],
      ["internal/reader", "runsOf(batch).filter(isUnknown)"],
      ["internal/reader", "!known.has(item.id)", "true"],
      ["internal/reader", "endpoint !== \"talks\"", "true"],
      ["internal/reader", "\"talks\"", "\"\""],
      ["internal/body", "capacity > whole.byteLength"],
      ["internal/body", "size - poured > maxLoose"],
      ["internal/body", "size - poured > maxLoose || chunks.length >= maxChunks"],
      ["internal/body", "chunks.length >= maxChunks"],
      ["internal/download", "false", "true"],
      ["internal/objectStore", "false", "true"],
      ["internal/pace", "delay === Number.POSITIVE_INFINITY", "false"],
      ["internal/body", "size - poured"],
      ["internal/body", "size > whole.byteLength"],
      ["internal/body", "Math.min(limit, 2 * size)"],
      ["internal/body", "16 * 1024"],
      ["internal/body", "16 * 1024 * 1024"],
      ["internal/body", "first?.byteLength === size", "false"],
      ["internal/body", "{ return decoder.decode(first) }"],
      ["internal/body", "!isOver", "true"],
      ["internal/body", "true", "false"],
      ["internal/transport", "current.cause !== current", "true"],
      ["internal/transport", "{ break }"],
      ["internal/gate", "opensAt === 0", "false"],
      ["internal/api", "false", "true"],
      ["RunOutput", "OutputText.mediaType(result.outputType) === OutputText.defaultType", "true"],
      ["RunOutput", "{ errors: \"all\" }"],
      ["RunOutput", "\"all\""],
      ["RunOutput", "[]", "[\"Stryker was here\"]"],
      ["internal/fromRun", "/^\\s*[{[]/"],
      ["internal/turns", "{ held: false }"]
    ]
  },
  {
    title: "A name that nobody sees, or a bound where both sides agree",
    reason:
      "States and symbols may have any name that is not another's, and a URL or a text that is replaced may be any; where " +
      "two values are equal, either is right; and a pattern need not stand at the beginning of what begins with it.",
    mutants: [
      ["internal/hazards", "i < value.length", "i <= value.length"],
      ["internal/hints", "serverWait < wait", "serverWait <= wait"],
      ["internal/reader", "\"not asked\""],
      ["internal/reader", "\"effect-trigger-dev/Reading\""],
      ["RetryPolicy", "\"effect-trigger-dev/RetryPolicy/Current\""],
      ["TriggerAuth", "\"effect-trigger-dev/TriggerAuth\""],
      ["TriggerConfig", "\"effect-trigger-dev/TriggerConfig\""],
      ["internal/outputText", "[]", "[\"Stryker was here\"]"],
      ["internal/scrub", "[]", "[\"Stryker was here\"]"],
      ["internal/superJson", "i < path.length", "i <= path.length"],
      ["BatchId", "\"effect-trigger-dev/BatchId\""],
      ["RunId", "\"effect-trigger-dev/RunId\""],
      ["TriggerClient", "\"effect-trigger-dev/TriggerClient\""],
      ["internal/body", "\"Decode\""],
      ["internal/body", "\"original\""],
      ["internal/api", "\"\"", "\"Stryker was here!\""],
      ["internal/api", "[]", "[\"Stryker was here\"]"],
      ["internal/api", "/^\\S+\\s+/", "/\\S+\\s+/"],
      ["internal/bulk", "\"effect-trigger-dev/internal/Bulk\""],
      ["internal/objectStore", "\"\"", "\"Stryker was here!\""],
      ["internal/storagePath", "/^[a-z][a-z0-9+.-]*:\\/\\//i", "/[a-z][a-z0-9+.-]*:\\/\\//i"],
      ["internal/pace", "reset < bucket.reset", "reset <= bucket.reset"]
    ]
  },
  {
    title: "A test file does not load",
    reason: "The file makes such a value while it loads, and so fails as a whole; Stryker looks at tests only.",
    mutants: [["TriggerError", "\"NotFound\""], ["TriggerError", "\"NoCredential\""]]
  },
  {
    title: "A net below the wire",
    reason:
      "It holds what cannot fall today: the places come from the very value that they are looked up in, and the " +
      "synchronous decoding that makes a `Forbidden` is never used.",
    mutants: [
      ["internal/lossless", "\"Forbidden\""],
      ["internal/lossless", "typeof value === \"object\" && value !== null"],
      ["internal/lossless", "typeof value === \"object\""],
      ["internal/lossless", "value !== null"],
      ["internal/lossless", "!isFields(parent) || !Object.hasOwn(parent, key) || parent[key] === value"],
      ["internal/lossless", "!isFields(parent) || !Object.hasOwn(parent, key)"],
      ["internal/lossless", "parent[key] === value", "false"],
      ["internal/lossless", "{ return false }"],
      ["internal/lossless", "false", "true"]
    ]
  }
]
