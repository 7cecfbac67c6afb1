/**
 * Formats the issues of a schema for errors: a path and a reason.
 */
import * as ParseResult from "effect/ParseResult"
import { hideValues } from "./sensitive.js"

/** What does not match, and where. The path is written as in code: `items[17].ok`. */
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

/** The maximum number of issues in an error. */
export const maxIssues = 100

/** The issues that a decoder found, in its order. */
export type Issues = readonly [first: Issue, ...others: ReadonlyArray<Issue>]

/** Whether errors show the values that are not sensitive. */
export type Values = "show" | "hide"

/** The formatter prints the whole value, and throws if that is nested too deeply or too long. */
const format = (issue: ParseResult.ParseIssue, values: Values): ReadonlyArray<ParseResult.ArrayFormatterIssue> => {
  try {
    return ParseResult.ArrayFormatter.formatIssueSync(hideValues(issue, values))
  } catch {
    return []
  }
}

const issueOf = (formatted: ParseResult.ArrayFormatterIssue | undefined): Issue => ({
  path: formatPath(formatted?.path ?? []),
  reason: formatted?.message ?? "it does not match, and is too large or too deeply nested to show"
})

const shorten = ({ path, reason }: Issue): Issue => ({
  path,
  reason: reason.length > maxReason ? `${reason.slice(0, maxReason)}…` : reason
})

/** The issues of a `ParseIssue`, at most `maxIssues`, with short reasons. Sensitive values are never shown. */
export const toIssues = (issue: ParseResult.ParseIssue, values: Values = "show"): Issues => {
  const [first, ...others] = format(issue, values).slice(0, maxIssues)
  return [shorten(issueOf(first)), ...others.map((other) => shorten(issueOf(other)))]
}

/**
 * The first issue of a `ParseIssue`, with its whole reason: secrets are to be removed before it is cut, so that it cannot
 * end in half a secret. Sensitive values are never shown.
 */
export const toIssue = (issue: ParseResult.ParseIssue): Issue => issueOf(format(issue, "show")[0])
