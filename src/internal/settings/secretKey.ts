/**
 * Whether a text can be a secret key: visible ASCII in one piece. HTTP clients throw on other characters, and their message
 * quotes the value; a key with a blank inside, such as one pasted with its scheme, would be sent and refused by a bare 401.
 */

/** What is wrong with a key, as what is said of it; undefined where nothing is. It holds nothing of the key. */
export const faultOf = (key: string): string | undefined => {
  if (key === "") {
    return "is empty"
  }
  if (/\s/.test(key)) {
    return "contains white space: give the key alone, without \"Bearer\""
  }
  return /^[\x21-\x7e]+$/.test(key) ? undefined : "contains characters other than visible ASCII"
}
