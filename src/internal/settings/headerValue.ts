/**
 * Whether a text can be the value of a header: visible ASCII, with spaces only inside. HTTP clients throw on anything
 * else, and their message quotes the value.
 */
export const isHeaderValue = (text: string): boolean => /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text)
