/**
 * Random schemas, each with a generator of its values: what the laws of run outputs are checked with.
 */
import { FastCheck as fc, Schema } from "effect"

/** What a serialisation can say. */
export interface Means {
  /** `NaN`, the infinities and `-0`. */
  readonly oddNumbers: boolean
  /** `undefined` in lists, sets and maps, where it cannot be left out. */
  readonly undefinedItems: boolean
  /** `undefined` next to `null`: whether the two can be told apart. */
  readonly undefinedOrNull: boolean
}

export interface RandomSchema {
  readonly schema: Schema.Schema<unknown, unknown>
  readonly values: fc.Arbitrary<unknown>
  /** Whether it takes null. */
  readonly nullable: boolean
}

const of = <A, I>(schema: Schema.Schema<A, I>, values: fc.Arbitrary<unknown>, nullable = false): RandomSchema => ({
  schema: schema as unknown as Schema.Schema<unknown, unknown>,
  values,
  nullable
})

const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "NaN", "-0", "null", "1", "\u2028", "\u0000", "\ud800", "🌍", "1970-01-01T00:00:00.000Z")
)

/**
 * Not those that every object inherits: schemas take an absent field of such a name for the inherited one. And superjson
 * refuses to write `prototype`.
 */
const keys = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("", ".", "\\", "\\.", ".\\", "\\\\.", "a.b", "a\\b", "0", "length", "json", "meta", "ключ")
).filter((key) => !(key in Object.prototype) && key !== "prototype")

const withUndefined = (item: RandomSchema): RandomSchema =>
  of(Schema.UndefinedOr(item.schema), fc.option(item.values, { nil: undefined }), item.nullable)

const urls = fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.constant("https://example.com/x?y=1"))
  .map((url) => new URL(url))

export const randomSchema = (means: Means): fc.Arbitrary<RandomSchema> => {
  const numbers = means.oddNumbers
    ? fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0))
    : fc.oneof(fc.double({ noDefaultInfinity: true, noNaN: true }), fc.integer()).map((n) => n === 0 ? 0 : n)
  const leaf = fc.constantFrom(
    of(Schema.String, texts),
    of(Schema.Number, numbers),
    of(Schema.Boolean, fc.boolean()),
    of(Schema.Null, fc.constant(null), true),
    of(Schema.Date, fc.date({ noInvalidDate: true })),
    of(Schema.BigInt, fc.bigInt()),
    of(Schema.URL, urls),
    of(Schema.Literal("a", 1, true), fc.constantFrom("a", 1, true))
  )
  const { tree } = fc.letrec<{ tree: RandomSchema }>((tie) => {
    const tree = tie("tree")
    /** Something that may be undefined if the serialisation can say so. */
    const maybe = (item: RandomSchema) => means.undefinedOrNull || !item.nullable ? withUndefined(item) : item
    const item = means.undefinedItems ? fc.oneof(tree, tree.map(maybe)) : tree
    const list = item.map(({ schema, values }) => of(Schema.Array(schema), fc.array(values, { maxLength: 4 })))
    const set = item.map(({ schema, values }) =>
      of(Schema.Set(schema), fc.array(values, { maxLength: 4 }).map((items) => new Set(items)))
    )
    const map = fc.tuple(item, item).map(([key, value]) =>
      of(
        Schema.Map({ key: key.schema, value: value.schema }),
        fc.array(fc.tuple(key.values, value.values), { maxLength: 4 }).map((entries) => new Map(entries))
      )
    )
    const tuple = fc.tuple(item, item).map(([first, second]) =>
      of(Schema.Tuple(first.schema, second.schema), fc.tuple(first.values, second.values))
    )
    const record = tree.map(({ schema, values }) =>
      of(
        Schema.Record({ key: Schema.String, value: schema }),
        fc.array(fc.tuple(keys, values), { maxLength: 4 }).map(Object.fromEntries)
      )
    )
    const field = fc.record({
      key: keys,
      item: tree,
      kind: fc.constantFrom("required", "optional", "exact", "undefined")
    })
    const struct = fc.uniqueArray(field, { maxLength: 4, selector: ({ key }) => key }).map((fields) => {
      const choices = fields.map(({ item, key, kind }) => {
        const canBeUndefined = means.undefinedOrNull || !item.nullable
        switch (kind) {
          case "exact":
            return {
              key,
              schema: Schema.optionalWith(item.schema, { exact: true }),
              entries: fc.option(item.values.map((value) => [[key, value]] as const), { nil: [] })
            }
          case "optional":
            return {
              key,
              schema: Schema.optional(item.schema),
              entries: fc.oneof(
                fc.constant([] as ReadonlyArray<readonly [string, unknown]>),
                (canBeUndefined ? fc.option(item.values, { nil: undefined }) : item.values)
                  .map((value) => [[key, value]] as const)
              )
            }
          default: {
            const { schema, values } = kind === "undefined" && canBeUndefined ? withUndefined(item) : item
            return { key, schema, entries: values.map((value) => [[key, value]] as const) }
          }
        }
      })
      return of(
        Schema.Struct(Object.fromEntries(choices.map(({ key, schema }) => [key, schema]))) as never,
        fc.tuple(...choices.map(({ entries }) => entries as fc.Arbitrary<ReadonlyArray<readonly [string, unknown]>>))
          .map((entries) => Object.fromEntries(entries.flat()))
      )
    })
    const tagged = fc.tuple(tree, tree).map(([a, b]) =>
      of(
        Schema.Union(
          Schema.Struct({ kind: Schema.Literal("a"), value: a.schema }),
          Schema.Struct({ kind: Schema.Literal("b"), value: b.schema })
        ) as never,
        fc.oneof(
          fc.record({ kind: fc.constant("a"), value: a.values }),
          fc.record({ kind: fc.constant("b"), value: b.values })
        )
      )
    )
    return {
      tree: fc.oneof({ maxDepth: 3, withCrossShrink: true }, leaf, list, set, map, tuple, record, struct, tagged)
    }
  })
  return tree
}

/** Fields that are undefined count as absent, as in JSON; a URL, which compares as an empty object, counts by its text. */
export const normalise = (value: unknown): unknown => {
  if (value instanceof URL) {
    return `URL ${value.href}`
  }
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [normalise(key), normalise(item)]))
  }
  if (value instanceof Set) {
    return new Set([...value].map(normalise))
  }
  if (Array.isArray(value)) {
    return value.map(normalise)
  }
  if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    return Object.fromEntries(
      Object.entries(value).filter(([, field]) => field !== undefined).map(([key, field]) => [key, normalise(field)])
    )
  }
  return value
}
