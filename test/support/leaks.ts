/**
 * Prints a value in every way that a program may, and looks for secrets in what was printed.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Inspectable from "effect/Inspectable"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Runtime from "effect/Runtime"
import * as Tracer from "effect/Tracer"
import { Console as NodeConsole } from "node:console"
import { Writable } from "node:stream"
import { inspect } from "node:util"

/** A way of printing, and what it gave. */
export type Printing = readonly [way: string, text: string]

const inspectAll = (value: unknown): string =>
  inspect(value, { depth: Infinity, showHidden: true, getters: true, maxArrayLength: null, maxStringLength: null })

/** A way that throws prints nothing, but the message of what it threw counts. */
const attempt = (print: () => unknown): string => {
  try {
    return String(print())
  } catch (error) {
    return String(error)
  }
}

const stringify = (value: unknown): string =>
  JSON.stringify(value, (_, field: unknown) => typeof field === "bigint" ? String(field) : field, 2)

/** Every own property that can be reached, be it hidden, inherited through a class or keyed by a symbol. */
const walk = (value: unknown): string => {
  const seen = new Set<unknown>()
  const texts: Array<string> = []
  const todo: Array<unknown> = [value]
  while (todo.length > 0) {
    const current = todo.pop()
    if ((typeof current !== "object" && typeof current !== "function") || current === null) {
      texts.push(String(current))
    } else if (!seen.has(current) && !(current instanceof Writable)) {
      seen.add(current)
      for (const key of Reflect.ownKeys(current)) {
        texts.push(String(key))
        try {
          todo.push(Reflect.get(current, key))
        } catch {
          // a getter that throws holds nothing to print
        }
      }
      if (current instanceof Map || current instanceof Set) {
        for (const entry of current) {
          todo.push(entry)
        }
      }
    }
  }
  return texts.join("\n")
}

const printingsOf = (value: unknown): ReadonlyArray<Printing> => [
  ["String", attempt(() => String(value))],
  ["JSON.stringify", attempt(() => stringify(value))],
  ["util.inspect", attempt(() => inspect(value))],
  ["util.inspect of everything", attempt(() => inspectAll(value))],
  ["Inspectable.format", attempt(() => Inspectable.format(value))],
  ["Inspectable.toStringUnknown", attempt(() => Inspectable.toStringUnknown(value))],
  ["every property", attempt(() => walk(value))],
  ["stack", attempt(() => value instanceof Error ? value.stack : "")],
  ["structuredClone", attempt(() => inspectAll(structuredClone(value)))]
]

/** Loggers and a tracer that keep what they are given, as text. */
const makeRecorder = () => {
  const texts: Array<Printing> = []

  const stream = new Writable({
    write: (chunk, _, done) => {
      texts.push(["pretty logger", String(chunk)])
      done()
    }
  })
  const unsafe = new NodeConsole({
    stdout: stream,
    stderr: stream,
    colorMode: false,
    inspectOptions: { depth: Infinity }
  })

  const kept = (way: string, logger: Logger.Logger<unknown, unknown>): Logger.Logger<unknown, void> =>
    Logger.map(logger, (output) => {
      texts.push([way, typeof output === "string" ? output : inspectAll(output)])
    })
  const loggers = HashSet.make(
    kept("string logger", Logger.stringLogger),
    kept("logfmt logger", Logger.logfmtLogger),
    kept("JSON logger", Logger.jsonLogger),
    kept("structured logger", Logger.structuredLogger),
    Logger.prettyLogger({ mode: "tty", colors: false })
  )

  let spans = 0
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const attributes = new Map<string, unknown>()
      texts.push(["span name", name], ["span links", inspectAll(links)])
      return {
        _tag: "Span",
        name,
        spanId: String(++spans),
        traceId: "trace",
        parent,
        context,
        links: [...links],
        sampled: true,
        kind,
        status: { _tag: "Started", startTime },
        attributes,
        attribute: (key, value) => {
          attributes.set(key, value)
          texts.push(["span attribute", `${key}=${inspectAll(value)}`])
        },
        event: (event, _, fields) => {
          texts.push(["span event", `${event} ${inspectAll(fields)}`])
        },
        addLinks: (more) => {
          texts.push(["span links", inspectAll(more)])
        },
        end: (_, exit) => {
          texts.push(["span exit", inspectAll(exit)], ["span exit", walk(exit)])
          if (Exit.isFailure(exit)) {
            // what exporters of traces send as the exception
            for (const error of Cause.prettyErrors(exit.cause)) {
              texts.push(["span exception", `${error.name}: ${error.message}\n${error.stack ?? ""}`])
            }
          }
        }
      }
    },
    context: (f) => f()
  })

  const record = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.consoleWith((console) =>
      effect.pipe(
        Effect.withTracer(tracer),
        Logger.withMinimumLogLevel(LogLevel.All),
        Effect.locally(FiberRef.currentLoggers, loggers),
        Effect.withConsole({ ...console, unsafe })
      )
    )

  return { texts, record }
}

const metrics: Effect.Effect<Printing> = Effect.map(Metric.snapshot, (pairs) => ["metrics", inspectAll(pairs)] as const)

const causePrintings = (cause: Cause.Cause<unknown>): ReadonlyArray<Printing> => {
  const { record, texts } = makeRecorder()
  const told = Effect.failCause(cause).pipe(
    Effect.withSpan("a span of the program"),
    Effect.tapErrorCause((cause) => Effect.logError(cause)),
    Effect.tapErrorCause((cause) => Effect.logError("failed", cause)),
    Effect.tapErrorCause((cause) => Effect.logError("failed", ...Cause.failures(cause))),
    Effect.catchAllCause((cause) =>
      Effect.annotateLogs(Effect.log("annotated"), "error", Cause.squash(cause)).pipe(
        Effect.withLogSpan("a log span")
      )
    )
  )
  const snapshot = Effect.runSync(Effect.zipRight(record(told), metrics))
  const rejection = Runtime.makeFiberFailure(cause)
  return [
    ...texts,
    snapshot,
    ["Cause.pretty", Cause.pretty(cause)],
    ["Cause.pretty with causes", Cause.pretty(cause, { renderErrorCause: true })],
    ...printingsOf(cause).map(([way, text]) => [`cause, ${way}`, text] as const),
    ...printingsOf(rejection).map(([way, text]) => [`rejected promise, ${way}`, text] as const),
    ...Cause.prettyErrors(cause).flatMap((error) =>
      printingsOf(error).map(([way, text]) => [`pretty error, ${way}`, text] as const)
    )
  ]
}

/** Everything that a program can print of a value, of an error, or of an `Exit`. */
export const printings = (value: unknown): ReadonlyArray<Printing> => {
  if (!Exit.isExit(value)) {
    return [...printingsOf(value), ...causePrintings(Cause.fail(value))]
  }
  return Exit.isSuccess(value)
    ? [...printingsOf(value.value), ...printingsOf(value)]
    : [
      ...[...Cause.failures(value.cause), ...Cause.defects(value.cause)].flatMap(printingsOf),
      ...causePrintings(value.cause)
    ]
}

/** Runs an effect, and keeps its exit and everything that it told to loggers, spans and metrics on the way. */
export const recording = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<{ readonly exit: Exit.Exit<A, E>; readonly texts: ReadonlyArray<Printing> }, never, R> =>
  Effect.suspend(() => {
    const { record, texts } = makeRecorder()
    return Effect.zipWith(Effect.exit(record(effect)), metrics, (exit, snapshot) => ({
      exit,
      texts: [...texts, snapshot, ...printings(exit)]
    }))
  })

/** So many characters of a secret in a row give it away: a preview may cut one in half. */
const telling = 12

const shapesOf = (secret: string): ReadonlyArray<string> => {
  const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "")
  return [...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64])]
}

const piecesOf = (shape: string): ReadonlyArray<string> =>
  shape.length <= telling
    ? [shape]
    : Array.from({ length: shape.length - telling + 1 }, (_, start) => shape.slice(start, start + telling))

/**
 * Fails where a text holds a secret, as it is or encoded, or twelve characters of it in a row. Give secrets without
 * what is no secret of them: not `Bearer <key>` but the key.
 */
export const expectNoSecret = (texts: ReadonlyArray<Printing>, secrets: ReadonlyArray<string>): void => {
  const pieces = [...new Set(secrets.flatMap(shapesOf).flatMap(piecesOf))].map((piece) => piece.toLowerCase())
  const leaks = texts.flatMap(([way, text]) => {
    const lower = text.toLowerCase()
    const piece = pieces.find((piece) => lower.includes(piece))
    if (piece === undefined) {
      return []
    }
    const at = lower.indexOf(piece)
    return [`${way}: …${text.slice(Math.max(0, at - 40), at + 60)}…`]
  })
  if (leaks.length > 0) {
    throw new Error(`A secret was printed by\n${leaks.join("\n")}`)
  }
}
