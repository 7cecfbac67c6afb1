/**
 * The interface of a validator that follows Standard Schema version 1, as zod, valibot and arktype do.
 *
 * @see https://standardschema.dev
 * @since 0.1.0
 */

/**
 * A validator that follows Standard Schema version 1.
 *
 * @since 0.1.0
 * @category models
 */
export interface StandardSchema<out A> {
  readonly "~standard": {
    readonly version: 1
    readonly vendor: string
    /** Decodes a value, or says what is wrong with it. */
    readonly validate: (value: unknown) => StandardResult<A> | Promise<StandardResult<A>>
    readonly types?: { readonly input: unknown; readonly output: A } | undefined
  }
}

/**
 * The value, or the issues.
 *
 * @since 0.1.0
 * @category models
 */
export type StandardResult<A> =
  | { readonly value: A; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<StandardIssue> }

/**
 * One issue, and its path in the value.
 *
 * @since 0.1.0
 * @category models
 */
export interface StandardIssue {
  readonly message: string
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
}
