/**
 * Reads the body of a good answer: JSON text, then the schema, with the path of the first misfit.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/** What does not fit, and where. The path is written as in code: `items[17].ok`. */
export interface Misfit {
  readonly path: string
  readonly reason: string
}

const segment = (key: PropertyKey): string =>
  typeof key === "number"
    ? `[${key}]`
    : typeof key === "string" && /^[A-Za-z_$][\w$]*$/.test(key)
    ? `.${key}`
    : `[${JSON.stringify(String(key))}]`

export const formatPath = (path: ReadonlyArray<PropertyKey>): string => path.map(segment).join("").replace(/^\./, "")

const maxReason = 300

/** More than anybody reads. */
export const maxMisfits = 100

/** All that a decoder found. */
export type Misfits = readonly [first: Misfit, ...others: ReadonlyArray<Misfit>]

/** The formatter writes out what it found, whole: what is nested too deeply, or is too long, makes it throw. */
const format = (issue: ParseResult.ParseIssue): ReadonlyArray<ParseResult.ArrayFormatterIssue> => {
  try {
    return ParseResult.ArrayFormatter.formatIssueSync(issue)
  } catch {
    return []
  }
}

const misfitOf = (told: ParseResult.ArrayFormatterIssue | undefined): Misfit => {
  const reason = told?.message ?? "it does not fit, and is too large or too deep to show"
  return {
    path: formatPath(told?.path ?? []),
    reason: reason.length > maxReason ? `${reason.slice(0, maxReason)}…` : reason
  }
}

/** The misfits that an issue tells of, a hundred at most. */
export const toMisfits = (issue: ParseResult.ParseIssue): Misfits => {
  const [first, ...others] = format(issue).slice(0, maxMisfits)
  return [misfitOf(first), ...others.map(misfitOf)]
}

/** The first misfit that an issue tells of. */
export const toMisfit = (issue: ParseResult.ParseIssue): Misfit => misfitOf(format(issue)[0])

/** The schema prints what it tells unions apart by, and JSON such as `{"toString":0}` makes that throw. */
const unprintable: Misfit = { path: "", reason: "it does not fit, and holds something that cannot be shown" }

/** Compiled when it is first needed: an application that starts has no time for routes that it never calls. */
const lazily = <A, I>(schema: Schema.Schema<A, I>) => {
  let decode: ((value: unknown) => Either.Either<A, ParseResult.ParseError>) | undefined
  return (value: unknown): Either.Either<A, Misfit> => {
    decode ??= Schema.decodeUnknownEither(schema, { onExcessProperty: "preserve" })
    try {
      return Either.mapLeft(decode(value), ({ issue }) => toMisfit(issue))
    } catch {
      return Either.left(unprintable)
    }
  }
}

/**
 * A decoder that keeps the fields a schema does not know, as newer servers add them. `accepts` may answer for values
 * that decode to themselves, which is most of them: it must be false for every value that the schema refuses or changes.
 */
export const make = <A, I>(
  schema: Schema.Schema<A, I>,
  accepts: (value: unknown) => value is A = (_): _ is A => false
): (value: unknown) => Either.Either<A, Misfit> => {
  const decode = lazily(schema)
  return (value) => accepts(value) ? Either.right(value) : decode(value)
}

/** None where the text is not JSON. A value nested too deeply for the engine is not JSON that we can use either. */
export const parseJson = (text: string): Option.Option<unknown> => {
  try {
    return Option.some(JSON.parse(text))
  } catch {
    return Option.none()
  }
}
