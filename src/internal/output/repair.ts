/**
 * Puts back the values that `GET /api/v3/runs/{id}` loses of a super+json output.
 *
 * That route returns the `json` part without its `meta`, so `undefined` arrives as `null`, and `NaN`, `Infinity`,
 * `-Infinity` and `-0` arrive as strings. If a schema fails exactly there, the original value is put back.
 */
import * as Arr from "effect/Array"
import type * as ParseResult from "effect/ParseResult"
import type * as SchemaAST from "effect/SchemaAST"

/** A path, and the value that belongs there. */
interface Repair {
  readonly path: ReadonlyArray<PropertyKey>
  readonly value: number | undefined
}

const numbers: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0]
])

const takesNumber = (ast: SchemaAST.AST, value: number): boolean =>
  // Stryker disable next-line ConditionalExpression: other nodes have no literal
  ast._tag === "NumberKeyword" || (ast._tag === "Literal" && ast.literal === value)

const isOptional = (ast: SchemaAST.AST, key: PropertyKey): boolean =>
  ast._tag === "TypeLiteral" && ast.propertySignatures.some(({ isOptional, name }) => isOptional && name === key)

/** The repairs for an issue. `complete`: with them, nothing is left of the issue. */
interface Repairs {
  readonly list: ReadonlyArray<Repair>
  readonly complete: boolean
}

const none: Repairs = { list: [], complete: false }

const one = (path: ReadonlyArray<PropertyKey>, value: number | undefined): Repairs => ({
  list: [{ path, value }],
  complete: true
})

const repairsFor = (issue: ParseResult.ParseIssue, path: ReadonlyArray<PropertyKey>): Repairs => {
  switch (issue._tag) {
    case "Type": {
      const value = numbers.get(issue.actual)
      return value !== undefined && takesNumber(issue.ast, value)
        ? one(path, value)
        : issue.actual === null && issue.ast._tag === "UndefinedKeyword"
        ? one(path, undefined)
        : none
    }
    case "Pointer":
      return repairsFor(issue.issue, [...path, ...Arr.ensure(issue.path)])
    case "Refinement":
      return issue.kind === "From" ? repairsFor(issue.issue, path) : none
    case "Transformation":
      // after the encoded side, the value is not the external one any more
      return issue.kind === "Encoded" ? repairsFor(issue.issue, path) : none
    case "Composite": {
      const { ast } = issue
      const all = Arr.ensure(issue.issues).map((child) => {
        // Stryker disable next-line ConditionalExpression: only the types ask for the tag
        const key = child._tag === "Pointer" ? Arr.ensure(child.path)[0] : undefined
        // Stryker disable next-line ConditionalExpression,LogicalOperator: only the types ask for the tag and the key
        return key !== undefined && child._tag === "Pointer" && child.issue.actual === null && isOptional(ast, key)
          ? one([...path, key], undefined)
          : repairsFor(child, path)
      })
      return ast._tag === "Union"
        ? all.find(({ complete }) => complete) ?? none
        : { list: all.flatMap(({ list }) => list), complete: all.every(({ complete }) => complete) }
    }
    case "Missing":
    case "Unexpected":
    case "Forbidden":
      return none
  }
}

type Fields = { [key: PropertyKey]: unknown }

// Stryker disable next-line ConditionalExpression,LogicalOperator: the path comes from the value
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null

/** Returns whether it changed the value. Only own properties count, because the keys are external data. */
const apply = (root: Fields, { path, value }: Repair): boolean => {
  const keys: ReadonlyArray<PropertyKey> = ["value", ...path]
  let parent: unknown = root
  for (let i = 0; i < keys.length - 1 && isFields(parent); i++) {
    // Stryker disable next-line StringLiteral: the index is within the array
    const key = keys[i] ?? ""
    parent = Object.hasOwn(parent, key) ? parent[key] : undefined
  }
  // Stryker disable next-line StringLiteral: the array is not empty
  const key = keys[keys.length - 1] ?? ""
  // Stryker disable next-line ConditionalExpression,LogicalOperator,BlockStatement: the path comes from the value
  if (!isFields(parent) || !Object.hasOwn(parent, key) || parent[key] === value) {
    // Stryker disable next-line BooleanLiteral: the path comes from the value
    return false
  }
  if (value === undefined && !Array.isArray(parent)) {
    delete parent[key]
  } else {
    parent[key] = value
  }
  return true
}

/**
 * The value with every repair for the issue applied, or undefined if there is none. Needs an issue that was found with
 * `errors: "all"`. Mutates the value.
 */
export const repair = (value: unknown, issue: ParseResult.ParseIssue): { readonly value: unknown } | undefined => {
  const root: Fields = { value }
  let repaired = false
  for (const step of repairsFor(issue, []).list) {
    repaired = apply(root, step) || repaired
  }
  return repaired ? { value: root["value"] } : undefined
}
