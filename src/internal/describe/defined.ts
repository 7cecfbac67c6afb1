/**
 * Leaves out the fields that are undefined: optional fields of schemas and errors are exact.
 */

export type Defined<T> =
  & { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
  & { readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> }

export function defined<T extends object>(fields: T): Defined<T>
export function defined(fields: object): object {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) {
      kept[key] = value
    }
  }
  return kept
}
