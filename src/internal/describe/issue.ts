/**
 * Says what does not fit a schema, and where, without its input.
 */
import * as ParseResult from "effect/ParseResult"

/** One place that does not fit. The path is written as in code: `items[17].ok`. */
export interface Issue {
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

/** The most issues that an error lists. */
export const maxIssues = 100

/** What a decoder found, the first issue first. */
export type Issues = readonly [first: Issue, ...others: ReadonlyArray<Issue>]

/** The formatter prints the whole value: one that is nested too deeply or is too long makes it throw. */
const format = (issue: ParseResult.ParseIssue): ReadonlyArray<ParseResult.ArrayFormatterIssue> => {
  try {
    return ParseResult.ArrayFormatter.formatIssueSync(issue)
  } catch {
    return []
  }
}

const issueOf = (formatted: ParseResult.ArrayFormatterIssue | undefined): Issue => {
  const reason = formatted?.message ?? "it does not match, and is too large or too deeply nested to show"
  return {
    path: formatPath(formatted?.path ?? []),
    reason: reason.length > maxReason ? `${reason.slice(0, maxReason)}…` : reason
  }
}

/** The issues of a `ParseIssue`, at most `maxIssues`. */
export const toIssues = (issue: ParseResult.ParseIssue): Issues => {
  const [first, ...others] = format(issue).slice(0, maxIssues)
  return [issueOf(first), ...others.map(issueOf)]
}

/** The first issue of a `ParseIssue`. */
export const toIssue = (issue: ParseResult.ParseIssue): Issue => issueOf(format(issue)[0])
