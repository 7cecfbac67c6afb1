/**
 * An output that was too large to be part of the result, as the object store holds it.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export interface StoredOutput {
  /** The output as it was stored: serialised in the way that `contentType` names. */
  readonly text: string
  /** The content type of the object, which is the type of the output; undefined where the store does not name one. */
  readonly contentType: string | undefined
}
