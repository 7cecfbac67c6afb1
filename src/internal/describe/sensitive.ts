/**
 * Takes the values out of the issues of a schema, where the schema marks them as sensitive or all values are to be hidden.
 *
 * Sensitive is what `Schema.Redacted` decodes, and what is annotated with `SensitiveId`. An issue then names the kind of the
 * value: "Expected string, actual a number".
 */
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as AST from "effect/SchemaAST"
import { kindOf } from "./kind.js"

/** The annotation that marks a schema as sensitive. */
export const SensitiveId: unique symbol = Symbol.for("effect-trigger-dev/Sensitive")

/** What a path says in place of a key that comes from the value. */
const hiddenKey = "<redacted>"

/** The schemas of the same value: the members of a union, both sides of a transformation. */
const alternatives = (ast: AST.AST): ReadonlyArray<AST.AST> => {
  switch (ast._tag) {
    case "Refinement":
      return [ast.from]
    case "Transformation":
      return [ast.from, ast.to]
    case "Union":
      return ast.types
    case "Suspend":
      return [ast.f()]
    default:
      return []
  }
}

/** The schemas of the values inside. */
const parts = (ast: AST.AST): ReadonlyArray<AST.AST> => {
  switch (ast._tag) {
    case "TypeLiteral":
      return [
        ...ast.propertySignatures.map(({ type }) => type),
        ...ast.indexSignatures.flatMap(({ parameter, type }) => [parameter, type])
      ]
    case "TupleType":
      return [...ast.elements, ...ast.rest].map(({ type }) => type)
    case "Declaration":
      return ast.typeParameters
    case "TemplateLiteral":
      return ast.spans.map(({ type }) => type)
    default:
      return alternatives(ast)
  }
}

/**
 * How many schemas behind a `Schema.suspend` a search visits. A function that makes a recursive schema, such as a tree of
 * anything, may make a new one for each level: they have no end, and no mark that the first ones do not have.
 */
const mostSuspended = 250

/** Whether a schema that can be reached fulfils the predicate. Schemas may be recursive. */
const reaches = (
  next: (ast: AST.AST) => ReadonlyArray<AST.AST>,
  predicate: (ast: AST.AST) => boolean
): (ast: AST.AST) => boolean => {
  const known = new WeakMap<AST.AST, boolean>()
  const search = (root: AST.AST): boolean => {
    const seen = new Set([root])
    let suspended = 0
    for (const ast of seen) {
      if (predicate(ast)) {
        return true
      }
      for (const child of next(ast)) {
        if (ast._tag !== "Suspend" || seen.has(child) || ++suspended <= mostSuspended) {
          seen.add(child)
        }
      }
    }
    return false
  }
  return (ast) => {
    const found = known.get(ast) ?? search(ast)
    known.set(ast, found)
    return found
  }
}

const isMarked = (ast: AST.AST): boolean =>
  ast.annotations[SensitiveId] === true ||
  Option.exists(AST.getTypeConstructorAnnotation(ast), ({ _tag }) => _tag === "effect/Redacted")

/** Whether the value itself is sensitive. */
const isSensitive = reaches(alternatives, isMarked)

/** Whether the value, or a part of it, is sensitive. */
export const holdsSensitive = reaches(parts, isMarked)

/** Whether the schema itself names the field, so that the name does not come from the value. */
const names = (key: PropertyKey) =>
  reaches(
    (ast) => ast._tag === "Declaration" ? ast.typeParameters : alternatives(ast),
    (ast) => ast._tag === "TypeLiteral" && ast.propertySignatures.some(({ name }) => name === key)
  )

const hasSensitiveKeys = (ast: AST.AST): boolean =>
  ast._tag === "TypeLiteral" && ast.indexSignatures.some(({ parameter }) => holdsSensitive(parameter))

/** Whether a field that the schema names is sensitive, although an index signature describes it as well. */
const isSensitiveField = (ast: AST.AST, key: PropertyKey): boolean =>
  ast._tag === "TypeLiteral" && ast.indexSignatures.length > 0 &&
  ast.propertySignatures.some(({ name, type }) => name === key && holdsSensitive(type))

/** Formatters and the messages of schemas print it as the kind of the value. */
const hide = (value: unknown): unknown => ({ toString: () => kindOf(value) })

const hideIf = (isHidden: boolean, value: unknown): unknown => isHidden ? hide(value) : value

const isList = <A>(value: A | ReadonlyArray<A>): value is ReadonlyArray<A> => Array.isArray(value)

/** The path without the keys that come from the value; the schema is not known. */
export const hideKeys = (path: ReadonlyArray<PropertyKey>): ReadonlyArray<PropertyKey> =>
  path.map((key) => typeof key === "number" ? key : hiddenKey)

/** The field names of the schema and the positions in arrays stay. */
const hidePath = (path: ParseResult.Path, parent: AST.AST | undefined): ParseResult.Path => {
  const hideKey = (key: PropertyKey): PropertyKey =>
    typeof key === "number" || (parent !== undefined && names(key)(parent)) ? key : hiddenKey
  if (!isList(path)) {
    return hideKey(path)
  }
  const [first, ...others] = path
  return [hideKey(first), ...hideKeys(others)]
}

/** `all`: whether everything in this issue is hidden. `parent`: the schema of the value that has the path. */
const withoutValues = (
  issue: ParseResult.ParseIssue,
  all: boolean,
  parent: AST.AST | undefined
): ParseResult.ParseIssue => {
  switch (issue._tag) {
    case "Pointer": {
      const isHidden = all || (parent !== undefined && hasSensitiveKeys(parent))
      const [key] = isList(issue.path) ? issue.path : [issue.path]
      const inside = parent !== undefined && isSensitiveField(parent, key)
      return new ParseResult.Pointer(
        isHidden ? hidePath(issue.path, parent) : issue.path,
        hide(issue.actual),
        withoutValues(issue.issue, all || inside, undefined)
      )
    }
    case "Unexpected":
      return all ? new ParseResult.Unexpected(hide(issue.actual)) : issue
    case "Missing":
      return all ? new ParseResult.Missing(issue.ast) : issue
    case "Type":
      return all || holdsSensitive(issue.ast) ? new ParseResult.Type(issue.ast, hide(issue.actual)) : issue
    case "Forbidden":
      return all || holdsSensitive(issue.ast) ? new ParseResult.Forbidden(issue.ast, hide(issue.actual)) : issue
    case "Refinement": {
      const { ast, kind } = issue
      const inside = isSensitive(ast) || (kind === "Predicate" && holdsSensitive(ast))
      return new ParseResult.Refinement(
        ast,
        hideIf(all || holdsSensitive(ast), issue.actual),
        kind,
        withoutValues(issue.issue, all || inside, ast)
      )
    }
    case "Transformation": {
      const { ast, kind } = issue
      // what a transformation makes of a sensitive value is sensitive, and so is what it makes a sensitive value from
      const inside = isSensitive(ast) || (holdsSensitive(ast) && (kind !== "Encoded" || !holdsSensitive(ast.from)))
      return new ParseResult.Transformation(
        ast,
        hideIf(all || holdsSensitive(ast), issue.actual),
        kind,
        withoutValues(issue.issue, all || inside, ast)
      )
    }
    case "Composite": {
      const { ast, issues } = issue
      // the members of a union get the same value: what is sensitive for one of them is shown for none
      const inside = isSensitive(ast) || (ast._tag === "Union" && holdsSensitive(ast))
      const actual = hideIf(all || holdsSensitive(ast), issue.actual)
      if (!isList(issues)) {
        return new ParseResult.Composite(ast, actual, withoutValues(issues, all || inside, ast))
      }
      const [first, ...others] = issues
      return new ParseResult.Composite(ast, actual, [
        withoutValues(first, all || inside, ast),
        ...others.map((other) => withoutValues(other, all || inside, ast))
      ])
    }
  }
}

/** The issue as errors may show it. `values`: whether to show the values that are not sensitive. */
export const hideValues = (issue: ParseResult.ParseIssue, values: "show" | "hide"): ParseResult.ParseIssue =>
  withoutValues(issue, values === "hide", undefined)
