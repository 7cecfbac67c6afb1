/**
 * Why a mutant may survive. A mutant is named by its module, by the code that was changed as the page shows it, and, where
 * it matters, by what it was changed to.
 */

type Named = readonly [module: string, code: string, replacement?: string]

interface Explanation {
  readonly title: string
  readonly reason: string
  readonly mutants: ReadonlyArray<Named>
}

export const explanations: ReadonlyArray<Explanation> = []
