/**
 * What becomes of a request to the simulator, before it is put on a wire.
 */
import type { Answer } from "./answer.js"

export type Handled =
  | { readonly _tag: "Answer"; readonly answer: Answer }
  | { readonly _tag: "CutOff"; readonly answer: Answer; readonly bytes: number }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "Hang" }
