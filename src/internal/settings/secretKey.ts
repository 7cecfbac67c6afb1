/**
 * Whether a text can be a secret key: visible ASCII without white space. HTTP clients throw on other characters, and their
 * message quotes the value. A key that was pasted with its scheme (`Bearer tr_…`) would only get a 401 from the server.
 */

/** The fault of a key, as the predicate of a sentence about it, or undefined. It contains nothing of the key. */
export const faultOf = (key: string): string | undefined => {
  if (key === "") {
    return "is empty"
  }
  if (/\s/.test(key)) {
    return "contains white space: give the key alone, without \"Bearer\""
  }
  return /^[\x21-\x7e]+$/.test(key) ? undefined : "contains characters other than visible ASCII"
}
