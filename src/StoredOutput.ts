/**
 * An output from the object store.
 *
 * @since 0.1.0
 */

/**
 * An output that was too large to be part of its result, as the object store returned it.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoredOutput {
  /** The serialised output, in the format that `contentType` names. */
  readonly text: string
  /** The content type of the object, if the object store sent one. */
  readonly contentType?: string
}
