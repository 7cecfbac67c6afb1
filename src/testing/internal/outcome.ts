/**
 * What becomes of a request to the simulator, before it is put on a wire.
 */
import type { ApiResponse } from "./response.js"

export type Outcome =
  | { readonly _tag: "Response"; readonly response: ApiResponse }
  | { readonly _tag: "CutOff"; readonly response: ApiResponse; readonly bytes: number }
  | { readonly _tag: "Reset" }
