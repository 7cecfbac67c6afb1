/**
 * What the run route loses of a super+json output, and how a schema gets it back.
 *
 * `GET /api/v3/runs/{id}` shows the `json` part without its `meta`: `undefined` is `null` there, and the numbers that
 * JSON does not have are texts. Where exactly that is what a schema stumbles over, the value is put right.
 */
import type * as ParseResult from "effect/ParseResult"
import type * as SchemaAST from "effect/SchemaAST"

/** A place, and what belongs there. */
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
  ast._tag === "NumberKeyword" || (ast._tag === "Literal" && ast.literal === value)

const isOptional = (ast: SchemaAST.AST, key: PropertyKey): boolean =>
  ast._tag === "TypeLiteral" && ast.propertySignatures.some(({ isOptional, name }) => isOptional && name === key)

const isList = <A>(value: A | ReadonlyArray<A>): value is ReadonlyArray<A> => Array.isArray(value)

const listOf = <A>(value: A | ReadonlyArray<A>): ReadonlyArray<A> => isList(value) ? value : [value]

/** The repairs that an issue asks for, and whether they are all that it takes. */
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
      return repairsFor(issue.issue, [...path, ...listOf(issue.path)])
    case "Refinement":
      return issue.kind === "From" ? repairsFor(issue.issue, path) : none
    case "Transformation":
      // further on, it is no longer the value that came
      return issue.kind === "Encoded" ? repairsFor(issue.issue, path) : none
    case "Composite": {
      const { ast } = issue
      const all = listOf(issue.issues).map((child) => {
        const key = child._tag === "Pointer" ? listOf(child.path)[0] : undefined
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

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null

/** Whether it changed anything. Own properties only, as everywhere that keys come from outside. */
const apply = (root: Fields, { path, value }: Repair): boolean => {
  const keys: ReadonlyArray<PropertyKey> = ["value", ...path]
  let parent: unknown = root
  for (let i = 0; i < keys.length - 1 && isFields(parent); i++) {
    const key = keys[i] ?? ""
    parent = Object.hasOwn(parent, key) ? parent[key] : undefined
  }
  const key = keys[keys.length - 1] ?? ""
  if (!isFields(parent) || !Object.hasOwn(parent, key) || parent[key] === value) {
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
 * The value with everything put right that the issue is about and that the run route may have lost; undefined where
 * there is nothing of the kind. The issue must have been found with `errors: "all"`. The value is changed.
 */
export const repair = (value: unknown, issue: ParseResult.ParseIssue): { readonly value: unknown } | undefined => {
  const root: Fields = { value }
  let repaired = false
  for (const step of repairsFor(issue, []).list) {
    repaired = apply(root, step) || repaired
  }
  return repaired ? { value: root["value"] } : undefined
}
