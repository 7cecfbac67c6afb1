/**
 * Waits for a batch with a key that is rotated in the meantime: the key is read from a file, kept for a minute, and read
 * again as soon as the API refuses it.
 *
 *     TRIGGER_KEY_FILE=/run/secrets/trigger npx tsx docs/examples/rotating-keys.ts batch_1234
 */
import { FetchHttpClient, FileSystem } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Context, Effect, Layer, Redacted } from "effect"
import { awaitBatchResults, BatchHandle, TriggerAuth, TriggerClient, TriggerConfig } from "effect-trigger-dev"

const readKey = Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  const text = yield* files.readFileString(yield* Config.string("TRIGGER_KEY_FILE"))
  return Redacted.make(text.trim())
})

class TriggerKey extends Context.Tag("app/TriggerKey")<TriggerKey, {
  readonly get: Effect.Effect<Redacted.Redacted, unknown>
  readonly invalidate: Effect.Effect<void>
}>() {
  static readonly layer = Layer.effect(
    TriggerKey,
    Effect.gen(function*() {
      const fromFile = Effect.provide(readKey, yield* Effect.context<FileSystem.FileSystem>())
      const [get, invalidate] = yield* Effect.cachedInvalidateWithTTL(fromFile, "1 minute")
      return { get, invalidate }
    })
  )
}

// provideMerge, because the program invalidates the key
const Live = TriggerClient.layer.pipe(
  Layer.provide(TriggerAuth.layerEffect(Effect.flatMap(TriggerKey, (key) => key.get))),
  Layer.provide(TriggerConfig.layerConfig()),
  Layer.provide(FetchHttpClient.layer),
  Layer.provideMerge(TriggerKey.layer),
  Layer.provide(NodeContext.layer)
)

const program = Effect.gen(function*() {
  const key = yield* TriggerKey
  // what has been read before the refusal is not read again
  const batch = yield* BatchHandle.make(process.argv[2] ?? "batch_1234")
  const { results } = yield* awaitBatchResults(batch).pipe(
    Effect.tapErrorTag(
      "Unauthorized",
      (error) => Effect.zipRight(Console.log(`The key was refused: ${error.reason}`), key.invalidate)
    ),
    Effect.retry({ times: 3, while: (error) => error._tag === "Unauthorized" && error.reason === "Refused" })
  )
  yield* Console.log(`${results.length} results`)
})

program.pipe(Effect.provide(Live), NodeRuntime.runMain)
