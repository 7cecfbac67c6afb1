/**
 * The program that `undici.slow.test.ts` runs in a process of its own, as what it tests can end the process. Its arguments are
 * the API's URL, the setting of `compression`, how many calls to make, and the HTTP clients to make them under.
 */
import { Console, Effect, Either, Layer, Redacted } from "effect"
import { getBatchResults, RetryPolicy, TriggerAuth, TriggerClient, TriggerConfig } from "effect-trigger-dev"
import { clientNames, layers } from "./clients.js"

const [, , apiUrl = "", compression, calls, ...names] = process.argv

const settings = Layer.merge(
  TriggerConfig.layer({ apiUrl, compression: compression === "on" ? "on" : "auto", retryPolicy: RetryPolicy.none }),
  TriggerAuth.layer(Redacted.make("tr_dev_kq3Vx9TzLw7Rn2Yd5Bp8"))
)

const program = Effect.forEach(
  clientNames.filter((name) => names.includes(name)),
  (name) =>
    Effect.replicateEffect(Effect.either(getBatchResults("batch_1")), Number(calls)).pipe(
      Effect.flatMap((ended) =>
        Console.log(JSON.stringify({
          client: name,
          succeeded: ended.filter(Either.isRight).length,
          errors: ended.filter(Either.isLeft).map(({ left }) => left.message)
        }))
      ),
      Effect.provide(TriggerClient.layer.pipe(Layer.provide(settings), Layer.provide(layers[name])))
    )
)

await Effect.runPromise(program)
